import type { DatabaseTransaction } from '@hookshop/persistence';
import type { Order } from './order.js';
import { ORDER_COLUMNS, toOrder } from './order-rows.js';

/** Locks orders in the order of their ids, so that no two transactions wait for each other in a circle. */
export async function lockOrders(tx: DatabaseTransaction, ids: readonly string[]): Promise<Map<string, Order>> {
  const rows = await tx.query<Order>(
    `SELECT ${ORDER_COLUMNS} FROM orders WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, toOrder(row)]));
}
