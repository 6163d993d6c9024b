import type { DatabaseTransaction } from '@hookshop/persistence';

/** Which of these orders have a reservation, or a note that they were cancelled before they could get one. */
export async function selectKnownOrders(tx: DatabaseTransaction, orderIds: readonly string[]): Promise<Set<string>> {
  const known = await tx.query<{ orderId: string }>(
    `SELECT order_id AS "orderId" FROM reservations WHERE order_id = ANY($1::uuid[])`,
    [orderIds],
  );
  return new Set(known.map(({ orderId }) => orderId));
}
