import { OrderCancelled } from '@hookshop/contracts';
import { type Fact, HandlesBatch, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ChargePayments } from '../charge-payments/charge-payments.js';
import { RefundPayments } from '../refund-payments/refund-payments.js';
import { askedBy } from './asked-by.js';
import { cancelPayments } from './cancel-payments.js';

/** A cancelled order keeps no money, whatever its payment is doing at that moment, and is never charged later. */
@Injectable()
export class ReturnPaymentWhenOrderCancelled {
  constructor(
    private readonly charges: ChargePayments,
    private readonly refunds: RefundPayments,
  ) {}

  @HandlesBatch(OrderCancelled, { from: 'beginning' })
  async return(facts: Fact<OrderCancelled>[], tx: Transaction): Promise<void> {
    const byOrder = new Map(facts.map((fact) => [fact.data.orderId, askedBy(fact)]));
    const moved = await cancelPayments(
      tx,
      [...byOrder].map(([orderId, cause]) => ({ id: uuidv7(), orderId, cause })),
    );

    tx.afterCommit(() => {
      if (moved.includes('cancelling')) this.charges.wake();
      if (moved.includes('refunding')) this.refunds.wake();
    });
  }
}
