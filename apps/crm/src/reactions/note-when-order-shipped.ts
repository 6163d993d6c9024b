import { OrderShipped } from '@hookshop/contracts';
import { HandlesBatch, type Fact, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { Customers } from '../customers/customers.js';

@Injectable()
export class NoteWhenOrderShipped {
  constructor(private readonly customers: Customers) {}

  @HandlesBatch(OrderShipped, { from: 'beginning', background: true })
  note(facts: Fact<OrderShipped>[], tx: Transaction): Promise<void> {
    return this.customers.hearOfOrders(facts, tx, {}, ({ carrier, trackingNumber }) => ({ carrier, trackingNumber }));
  }
}
