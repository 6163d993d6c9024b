import { PaymentDeclined } from '@hookshop/contracts';
import { type Fact, HandlesBatch, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { IllegalTransition } from '../order.js';
import { stateCancelled } from '../order-facts.js';
import { OrderOutcomes } from '../order-outcomes.js';
import { moveOrders } from './move-orders.js';

@Injectable()
export class CancelOrderWhenPaymentDeclined {
  constructor(private readonly outcomes: OrderOutcomes) {}

  @HandlesBatch(PaymentDeclined, { from: 'beginning' })
  async cancel(facts: Fact<PaymentDeclined>[], tx: Transaction): Promise<void> {
    await moveOrders(facts, tx, 'cancelled', (order, fact) => {
      // Only what awaits a payment can have it declined: before, the fact came too early; after, it contradicts the books.
      if (order.status !== 'awaiting-payment') throw new IllegalTransition(order.id, order.status, 'cancelled');
      order.cancel('payment-declined', new Date());
      stateCancelled(order, tx, fact);
      this.outcomes.count(order, tx);
    });
  }
}
