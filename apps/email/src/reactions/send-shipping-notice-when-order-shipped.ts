import { OrderShipped } from '@hookshop/contracts';
import { type Fact, HandlesBatch, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { SendEmails } from '../sending/send-emails.js';

@Injectable()
export class SendShippingNoticeWhenOrderShipped {
  constructor(private readonly emails: SendEmails) {}

  @HandlesBatch(OrderShipped, { from: 'now', background: true })
  async send(facts: Fact<OrderShipped>[], tx: Transaction): Promise<void> {
    await this.emails.record(
      'order-shipped',
      facts,
      ({ carrier, trackingNumber }) => ({ carrier, trackingNumber }),
      tx,
    );
  }
}
