import { OrderConfirmed } from '@hookshop/contracts';
import { HandlesBatch, type Fact, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { Customers } from '../customers/customers.js';

@Injectable()
export class CountOrderWhenConfirmed {
  constructor(private readonly customers: Customers) {}

  @HandlesBatch(OrderConfirmed, { from: 'beginning', background: true })
  count(facts: Fact<OrderConfirmed>[], tx: Transaction): Promise<void> {
    return this.customers.hearOfOrders(facts, tx, { confirmed: true }, ({ totalInCents, currency }) => ({
      totalInCents,
      currency,
    }));
  }
}
