import { OrderDelivered } from '@hookshop/contracts';
import { HandlesBatch, type Fact, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { Customers } from '../customers/customers.js';

@Injectable()
export class NoteWhenOrderDelivered {
  constructor(private readonly customers: Customers) {}

  @HandlesBatch(OrderDelivered, { from: 'beginning', background: true })
  note(facts: Fact<OrderDelivered>[], tx: Transaction): Promise<void> {
    return this.customers.hearOfOrders(facts, tx, {}, ({ deliveredAt }) => ({ deliveredAt }));
  }
}
