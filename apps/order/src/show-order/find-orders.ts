import type { Database, DatabaseTransaction } from '@hookshop/persistence';
import type { Order } from '../order.js';
import { ORDER_COLUMNS, toOrder } from '../order-rows.js';

export async function findOrders(
  where: Pick<Database | DatabaseTransaction, 'query'>,
  ids: readonly string[],
): Promise<Map<string, Order>> {
  const rows = await where.query<Order>(`SELECT ${ORDER_COLUMNS} FROM orders WHERE id = ANY($1::uuid[])`, [ids]);
  return new Map(rows.map((row) => [row.id, toOrder(row)]));
}
