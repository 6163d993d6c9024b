import type { DatabaseTransaction } from '@hookshop/persistence';
import type { Order } from '../order.js';

/** Inserts orders that are not there yet and tells which those were. The deadline runs on the database's clock. */
export async function insertOrders(
  tx: DatabaseTransaction,
  orders: readonly Order[],
  deadlineSeconds: number,
): Promise<Set<string>> {
  const rows = await tx.query<{ id: string }>(
    `INSERT INTO orders (id, status, version, customer, lines, total_in_cents, currency, payment_method,
                         shipping_address, placed_at, updated_at, deadline_at)
     SELECT id, 'placed', 1, customer, lines, total_in_cents, currency, payment_method, shipping_address,
            placed_at, placed_at, now() + $9 * interval '1 second'
     FROM unnest($1::uuid[], $2::jsonb[], $3::jsonb[], $4::bigint[], $5::text[], $6::text[], $7::jsonb[],
                 $8::timestamptz[])
       AS placed (id, customer, lines, total_in_cents, currency, payment_method, shipping_address, placed_at)
     ORDER BY id
     ON CONFLICT (id) DO NOTHING
     RETURNING id`,
    [
      orders.map(({ id }) => id),
      orders.map(({ customer }) => JSON.stringify(customer)),
      orders.map(({ lines }) => JSON.stringify(lines)),
      orders.map(({ totalInCents }) => totalInCents),
      orders.map(({ currency }) => currency),
      orders.map(({ paymentMethod }) => paymentMethod),
      orders.map(({ shippingAddress }) => JSON.stringify(shippingAddress)),
      orders.map(({ placedAt }) => placedAt),
      deadlineSeconds,
    ],
  );
  return new Set(rows.map(({ id }) => id));
}
