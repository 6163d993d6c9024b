import { OrderCancelled, StockReleased } from '@hookshop/contracts';
import { HandlesBatch, type Fact, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { lockProducts } from '../reservations/lock-products.js';
import { releaseReservations } from '../reservations/release-reservations.js';

/** Compensates reserving, and committing too: an order is only cancelled before it is shipped. */
@Injectable()
export class ReleaseStockWhenOrderCancelled {
  @HandlesBatch(OrderCancelled, { from: 'beginning' })
  async release(facts: Fact<OrderCancelled>[], tx: Transaction): Promise<void> {
    const cancelled = new Map(facts.map((fact) => [fact.data.orderId, fact]));
    // Both travel together: the second runs when the first has its locks.
    const [, releases] = await Promise.all([
      lockProducts(
        tx,
        facts.map(({ data }) => data),
      ),
      releaseReservations(
        tx,
        [...cancelled.values()].map(({ data, sequence }) => ({ orderId: data.orderId, sequence })),
      ),
    ]);
    for (const { orderId, version, lines } of releases) {
      tx.publish(
        StockReleased,
        { orderId, lines },
        { subject: orderId, sequence: version, correlationId: orderId, cause: cancelled.get(orderId) },
      );
    }
  }
}
