import { OrderPlaced, StockLow, StockRejected, StockReserved } from '@hookshop/contracts';
import { HandlesBatch, type Fact, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { decideReservations, type Decision } from '../reservations/decide-reservations.js';
import { insertReservations, type LowProduct } from '../reservations/insert-reservations.js';
import { lockProducts } from '../reservations/lock-products.js';
import { selectKnownOrders } from '../reservations/select-known-orders.js';

/** The version every reservation begins with. */
const FIRST = 1;

/** Sets aside every line of an order or none, in the order in which the orders were placed. */
@Injectable()
export class ReserveStockWhenOrderPlaced {
  @HandlesBatch(OrderPlaced, { from: 'beginning' })
  async reserve(facts: Fact<OrderPlaced>[], tx: Transaction): Promise<void> {
    const placed = new Map<string, Fact<OrderPlaced>>();
    for (const fact of facts) if (!placed.has(fact.data.orderId)) placed.set(fact.data.orderId, fact);
    const orders = [...placed.values()].map(({ data }) => data);
    // Both travel together: the second runs when the first has its locks.
    const [available, known] = await Promise.all([lockProducts(tx, orders), selectKnownOrders(tx, [...placed.keys()])]);
    const decisions = decideReservations(
      orders.filter(({ orderId }) => !known.has(orderId)),
      available,
    );
    if (decisions.length === 0) return;

    const { inserted, low } = await insertReservations(
      tx,
      decisions.map(({ orderId, lines, shortages }) => ({
        orderId,
        lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
        status: shortages.length === 0 ? 'reserved' : 'rejected',
        orderSequence: placed.get(orderId)!.sequence,
      })),
    );
    const made = decisions.filter(({ orderId }) => inserted.has(orderId));
    for (const decision of made) this.state(decision, placed.get(decision.orderId)!, tx);
    for (const product of low) this.stateLow(product, made, placed, tx);
  }

  private state({ orderId, lines, shortages }: Decision, cause: Fact<OrderPlaced>, tx: Transaction): void {
    const options = { subject: orderId, sequence: FIRST, correlationId: orderId, cause };
    if (shortages.length > 0) {
      tx.publish(StockRejected, { orderId, shortages }, options);
    } else {
      const reserved = lines.map(({ sku, quantity }) => ({ sku, quantity }));
      tx.publish(StockReserved, { orderId, lines: reserved }, options);
    }
  }

  private stateLow(
    { sku, available, threshold, version }: LowProduct,
    decisions: Decision[],
    placed: Map<string, Fact<OrderPlaced>>,
    tx: Transaction,
  ): void {
    const last = decisions.findLast(
      ({ lines, shortages }) => shortages.length === 0 && lines.some((line) => line.sku === sku),
    );
    const cause = last && placed.get(last.orderId);
    tx.publish(StockLow, { sku, available, threshold }, { subject: sku, sequence: version, cause });
  }
}
