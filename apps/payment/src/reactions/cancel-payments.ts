import type { DatabaseTransaction } from '@hookshop/persistence';
import type { Asked } from '../payment.js';
import { type PaymentStatus, whenOrderCancelled } from '../payment-status.js';

export interface Cancellation {
  /** For the tombstone, if the order has no payment yet. */
  id: string;
  orderId: string;
  cause: Asked;
}

/**
 * Moves the payments of cancelled orders towards giving back what was taken, and leaves a tombstone where none was
 * asked for yet. A charge that is being attempted right now keeps its lease: its worker will find out when it settles.
 *
 * @returns the state of every payment that moved
 */
export async function cancelPayments(
  tx: DatabaseTransaction,
  cancellations: readonly Cancellation[],
): Promise<PaymentStatus[]> {
  const rows = await tx.query<{ status: PaymentStatus }>(statement, [
    cancellations.map(({ id }) => id),
    cancellations.map(({ orderId }) => orderId),
    cancellations.map(({ cause }) => JSON.stringify(cause)),
    JSON.stringify(whenOrderCancelled),
  ]);
  return rows.map(({ status }) => status);
}

/** In the order of their orders, like every batch, so that a settlement of the same payments waits and never deadlocks. */
const statement = `
  INSERT INTO payments AS known (id, order_id, status, version, cancellation_cause)
  SELECT id, order_id, 'cancelled', 1, cause
  FROM unnest($1::uuid[], $2::uuid[], $3::jsonb[]) AS cancellation (id, order_id, cause)
  ORDER BY order_id
  ON CONFLICT (order_id) DO UPDATE SET
    status = CASE WHEN known.status = 'pending' AND known.first_attempt_at IS NULL
      THEN 'cancelled' ELSE $4::jsonb ->> known.status END,
    version = known.version + 1,
    attempts = CASE WHEN known.status = 'captured' THEN 0 ELSE known.attempts END,
    next_attempt_at = CASE
      WHEN known.status = 'pending' AND known.first_attempt_at IS NULL THEN NULL
      WHEN known.leased_until > now() THEN known.next_attempt_at
      ELSE now() END,
    cancellation_cause = excluded.cancellation_cause,
    updated_at = now()
  WHERE $4::jsonb ? known.status
  RETURNING status`;
