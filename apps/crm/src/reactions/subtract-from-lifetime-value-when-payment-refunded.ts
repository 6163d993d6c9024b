import { PaymentRefunded } from '@hookshop/contracts';
import { HandlesBatch, type Fact, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { Customers } from '../customers/customers.js';

@Injectable()
export class SubtractFromLifetimeValueWhenPaymentRefunded {
  constructor(private readonly customers: Customers) {}

  @HandlesBatch(PaymentRefunded, { from: 'beginning', background: true })
  subtract(facts: Fact<PaymentRefunded>[], tx: Transaction): Promise<void> {
    return this.customers.hearOfPayments(facts, tx, 'refundedInCents', ({ paymentId, amountInCents, currency }) => ({
      paymentId,
      amountInCents,
      currency,
    }));
  }
}
