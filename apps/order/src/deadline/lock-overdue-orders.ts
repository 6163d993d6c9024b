import type { DatabaseTransaction } from '@hookshop/persistence';
import type { Order } from '../order.js';
import { ORDER_COLUMNS, toOrder } from '../order-rows.js';

/** Locks some orders past their deadline that no other instance is looking at. */
export async function lockOverdueOrders(tx: DatabaseTransaction, limit: number): Promise<Order[]> {
  const rows = await tx.query<Order>(
    `SELECT ${ORDER_COLUMNS} FROM orders
     WHERE status IN ('placed', 'awaiting-payment') AND deadline_at < now()
     ORDER BY deadline_at LIMIT $1 FOR UPDATE SKIP LOCKED`,
    [limit],
  );
  return rows.map(toOrder);
}
