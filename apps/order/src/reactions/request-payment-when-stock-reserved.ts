import { StockReserved } from '@hookshop/contracts';
import { type Fact, HandlesBatch, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { statePaymentRequested } from '../order-facts.js';
import { moveOrders } from './move-orders.js';

@Injectable()
export class RequestPaymentWhenStockReserved {
  @HandlesBatch(StockReserved, { from: 'beginning' })
  async requestPayment(facts: Fact<StockReserved>[], tx: Transaction): Promise<void> {
    await moveOrders(facts, tx, 'awaiting-payment', (order, fact) => {
      order.awaitPayment(new Date());
      statePaymentRequested(order, tx, fact);
    });
  }
}
