import { StockRejected } from '@hookshop/contracts';
import { type Fact, HandlesBatch, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { IllegalTransition } from '../order.js';
import { stateCancelled } from '../order-facts.js';
import { OrderOutcomes } from '../order-outcomes.js';
import { moveOrders } from './move-orders.js';

@Injectable()
export class CancelOrderWhenStockRejected {
  constructor(private readonly outcomes: OrderOutcomes) {}

  @HandlesBatch(StockRejected, { from: 'beginning' })
  async cancel(facts: Fact<StockRejected>[], tx: Transaction): Promise<void> {
    await moveOrders(facts, tx, 'cancelled', (order, fact) => {
      // Stock that was reserved cannot be rejected any more: the books contradict each other.
      if (order.status !== 'placed') throw new IllegalTransition(order.id, order.status, 'cancelled');
      order.cancel('out-of-stock', new Date());
      stateCancelled(order, tx, fact);
      this.outcomes.count(order, tx);
    });
  }
}
