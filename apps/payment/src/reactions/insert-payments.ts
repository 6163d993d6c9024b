import type { DatabaseTransaction } from '@hookshop/persistence';
import type { Payment } from '../payment.js';

/**
 * Records payments that were asked for, the first `leased` of them as attempted by this process from now on, the
 * others as due. Orders that have a payment already, or were cancelled before, keep what they have.
 *
 * @returns the ids of those that are new
 */
export async function insertPayments(
  tx: DatabaseTransaction,
  payments: readonly Payment[],
  leased: number,
  leaseSeconds: number,
): Promise<Set<string>> {
  const column = <T>(read: (payment: Payment) => T): T[] => payments.map(read);
  const rows = await tx.query<{ id: string }>(statement, [
    column(({ id }) => id),
    column(({ orderId }) => orderId),
    column(({ status }) => status),
    column(({ version }) => version),
    column(({ amountInCents }) => amountInCents),
    column(({ currency }) => currency),
    column(({ method }) => method),
    column(({ cause }) => JSON.stringify(cause)),
    payments.map((_payment, index) => index < leased),
    leaseSeconds,
  ]);
  return new Set(rows.map(({ id }) => id));
}

/** In the order of their orders: batches with the same ones wait for each other without a deadlock. */
const statement = `
  INSERT INTO payments (
    id, order_id, status, version, amount_in_cents, currency, method, cause,
    attempts, first_attempt_at, last_attempt_at, leased_until, next_attempt_at
  )
  SELECT
    id, order_id, status, version, amount_in_cents, currency, method, cause,
    CASE WHEN leased THEN 1 ELSE 0 END,
    CASE WHEN leased THEN now() END,
    CASE WHEN leased THEN now() END,
    CASE WHEN leased THEN now() + $10::double precision * interval '1 second' END,
    CASE WHEN leased THEN now() + $10::double precision * interval '1 second' ELSE now() END
  FROM unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::integer[], $5::bigint[], $6::text[], $7::text[], $8::jsonb[], $9::boolean[]
  ) AS requested (id, order_id, status, version, amount_in_cents, currency, method, cause, leased)
  ORDER BY order_id
  ON CONFLICT (order_id) DO NOTHING
  RETURNING id`;
