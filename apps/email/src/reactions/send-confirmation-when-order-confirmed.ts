import { OrderConfirmed } from '@hookshop/contracts';
import { type Fact, HandlesBatch, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { SendEmails } from '../sending/send-emails.js';

@Injectable()
export class SendConfirmationWhenOrderConfirmed {
  constructor(private readonly emails: SendEmails) {}

  @HandlesBatch(OrderConfirmed, { from: 'now', background: true })
  async send(facts: Fact<OrderConfirmed>[], tx: Transaction): Promise<void> {
    await this.emails.record('order-confirmed', facts, ({ shippingAddress }) => ({ shippingAddress }), tx);
  }
}
