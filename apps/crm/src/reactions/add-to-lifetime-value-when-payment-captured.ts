import { PaymentCaptured } from '@hookshop/contracts';
import { HandlesBatch, type Fact, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { Customers } from '../customers/customers.js';

@Injectable()
export class AddToLifetimeValueWhenPaymentCaptured {
  constructor(private readonly customers: Customers) {}

  @HandlesBatch(PaymentCaptured, { from: 'beginning', background: true })
  add(facts: Fact<PaymentCaptured>[], tx: Transaction): Promise<void> {
    return this.customers.hearOfPayments(facts, tx, 'capturedInCents', ({ paymentId, amountInCents, currency }) => ({
      paymentId,
      amountInCents,
      currency,
    }));
  }
}
