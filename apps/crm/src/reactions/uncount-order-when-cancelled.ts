import { OrderCancelled } from '@hookshop/contracts';
import { HandlesBatch, type Fact, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { Customers } from '../customers/customers.js';

/** Cancelled is the end of an order: it does not count as confirmed, whether that came before or comes after. */
@Injectable()
export class UncountOrderWhenCancelled {
  constructor(private readonly customers: Customers) {}

  @HandlesBatch(OrderCancelled, { from: 'beginning', background: true })
  uncount(facts: Fact<OrderCancelled>[], tx: Transaction): Promise<void> {
    return this.customers.hearOfOrders(facts, tx, { cancelled: true }, ({ reason, totalInCents, currency }) => ({
      reason,
      totalInCents,
      currency,
    }));
  }
}
