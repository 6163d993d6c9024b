import type { DatabaseTransaction } from '@hookshop/persistence';
import type { Order } from './order.js';

/** Writes what a move changes, for many orders at once. */
export async function saveMoves(tx: DatabaseTransaction, orders: readonly Order[]): Promise<void> {
  if (orders.length === 0) return;
  await tx.query(
    `UPDATE orders SET status = moved.status, version = moved.version, updated_at = moved.updated_at,
                       cancellation_reason = moved.cancellation_reason
     FROM unnest($1::uuid[], $2::text[], $3::int[], $4::timestamptz[], $5::text[])
       AS moved (id, status, version, updated_at, cancellation_reason)
     WHERE orders.id = moved.id`,
    [
      orders.map(({ id }) => id),
      orders.map(({ status }) => status),
      orders.map(({ version }) => version),
      orders.map(({ updatedAt }) => updatedAt),
      orders.map(({ cancellationReason }) => cancellationReason),
    ],
  );
}
