import type { ListOrders } from '@hookshop/contracts';
import type { Database } from '@hookshop/persistence';
import type { Order } from '../order.js';
import { ORDER_COLUMNS, toOrder } from '../order-rows.js';

/** Newest first (ids are time-ordered); one more than the limit tells whether there is a next page. */
export async function listOrders(database: Database, { limit, cursor, email, status }: ListOrders): Promise<Order[]> {
  const rows = await database.query<Order>(
    `SELECT ${ORDER_COLUMNS} FROM orders
     WHERE ($1::uuid IS NULL OR id < $1)
       AND ($2::text IS NULL OR lower(customer ->> 'email') = lower($2))
       AND ($3::text IS NULL OR status = $3)
     ORDER BY id DESC LIMIT $4 + 1`,
    [cursor ?? null, email ?? null, status ?? null, limit],
  );
  return rows.map(toOrder);
}
