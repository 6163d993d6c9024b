import { ShipmentDelivered } from '@hookshop/contracts';
import { type Fact, HandlesBatch, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { stateDelivered } from '../order-facts.js';
import { OrderOutcomes } from '../order-outcomes.js';
import { moveOrders } from './move-orders.js';

@Injectable()
export class DeliverOrderWhenShipmentDelivered {
  constructor(private readonly outcomes: OrderOutcomes) {}

  @HandlesBatch(ShipmentDelivered, { from: 'beginning' })
  async deliver(facts: Fact<ShipmentDelivered>[], tx: Transaction): Promise<void> {
    await moveOrders(facts, tx, 'delivered', (order, fact) => {
      order.deliver(new Date());
      stateDelivered(order, fact.data, tx, fact);
      this.outcomes.count(order, tx);
    });
  }
}
