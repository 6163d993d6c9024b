import { OrderPaymentRequested } from '@hookshop/contracts';
import { type Fact, HandlesBatch, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ChargePayments } from '../charge-payments/charge-payments.js';
import { Payment } from '../payment.js';
import { askedBy } from './asked-by.js';
import { insertPayments } from './insert-payments.js';

/** The intent to charge is committed first; the provider is asked once it is. */
@Injectable()
export class ChargeWhenPaymentRequested {
  constructor(private readonly charges: ChargePayments) {}

  @HandlesBatch(OrderPaymentRequested, { from: 'beginning' })
  async charge(facts: Fact<OrderPaymentRequested>[], tx: Transaction): Promise<void> {
    const requested = facts.map((fact) => Payment.request(uuidv7(), fact.data, askedBy(fact)));
    // What this process cannot begin soon is left to whoever can: a lease would only keep others from it.
    const leased = Math.min(requested.length, this.charges.room);
    const fresh = await insertPayments(tx, requested, leased, this.charges.leaseSeconds);

    tx.afterCommit(() => {
      this.charges.handOver(requested.slice(0, leased).filter(({ id }) => fresh.has(id)));
      if (leased < requested.length) this.charges.findBacklog();
    });
  }
}
