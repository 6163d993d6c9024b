import { PaymentCaptured } from '@hookshop/contracts';
import { type Fact, HandlesBatch, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { stateConfirmed } from '../order-facts.js';
import { OrderOutcomes } from '../order-outcomes.js';
import { moveOrders } from './move-orders.js';

@Injectable()
export class ConfirmOrderWhenPaymentCaptured {
  constructor(private readonly outcomes: OrderOutcomes) {}

  @HandlesBatch(PaymentCaptured, { from: 'beginning' })
  async confirm(facts: Fact<PaymentCaptured>[], tx: Transaction): Promise<void> {
    await moveOrders(facts, tx, 'confirmed', (order, fact) => {
      order.confirm(new Date());
      stateConfirmed(order, tx, fact);
      this.outcomes.count(order, tx);
    });
  }
}
