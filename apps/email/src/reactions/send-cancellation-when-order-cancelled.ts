import { OrderCancelled } from '@hookshop/contracts';
import { type Fact, HandlesBatch, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { SendEmails } from '../sending/send-emails.js';

/** A confirmation of the order that nobody has taken to send yet is overtaken by it; see `isOvertaken`. */
@Injectable()
export class SendCancellationWhenOrderCancelled {
  constructor(private readonly emails: SendEmails) {}

  @HandlesBatch(OrderCancelled, { from: 'now', background: true })
  async send(facts: Fact<OrderCancelled>[], tx: Transaction): Promise<void> {
    await this.emails.record('order-cancelled', facts, ({ reason }) => ({ reason }), tx);
  }
}
