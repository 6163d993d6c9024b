import type { OrderStatus } from '@hookshop/contracts';
import type { Fact, Transaction } from '@hookshop/messaging';
import { lockOrders } from '../lock-orders.js';
import type { Order } from '../order.js';
import { saveMoves } from '../save-moves.js';

/**
 * Moves the orders that facts answer, all in two statements. A fact that comes too late (the order was cancelled, or
 * has gone on) changes nothing: whoever stated it compensates on `order.cancelled`. One that comes too early throws
 * and is tried again.
 *
 * @param next the status the facts lead to
 * @param move makes one order's move and states its fact
 * @throws UnknownOrder, IllegalTransition
 */
export async function moveOrders<T extends { orderId: string }>(
  facts: readonly Fact<T>[],
  tx: Transaction,
  next: OrderStatus,
  move: (order: Order, fact: Fact<T>) => void,
): Promise<void> {
  const orders = await lockOrders(
    tx,
    facts.map(({ data }) => data.orderId),
  );
  const moved = new Set<Order>();
  for (const fact of facts) {
    const order = orders.get(fact.data.orderId);
    if (!order) throw new UnknownOrder(fact.data.orderId);
    if (order.isPast(next)) continue;
    move(order, fact);
    moved.add(order);
  }
  await saveMoves(tx, [...moved]);
}

/** A fact speaks of an order that this service never placed. */
export class UnknownOrder extends Error {
  constructor(orderId: string) {
    super(`There is no order ${orderId}`);
    this.name = 'UnknownOrder';
  }
}
