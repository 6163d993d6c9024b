import { OrderPlaced } from '@hookshop/contracts';
import { HandlesBatch, type Fact, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { Customers } from '../customers/customers.js';

/** An e-mail address that orders for the first time is a new customer. Any later fact of the order tells as much. */
@Injectable()
export class RegisterCustomerWhenOrderPlaced {
  constructor(private readonly customers: Customers) {}

  @HandlesBatch(OrderPlaced, { from: 'beginning', background: true })
  register(facts: Fact<OrderPlaced>[], tx: Transaction): Promise<void> {
    return this.customers.hearOfOrders(facts, tx, {}, ({ totalInCents, currency }) => ({ totalInCents, currency }));
  }
}
