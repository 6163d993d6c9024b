import { ShipmentDelivered } from '@hookshop/contracts';
import { type Fact, HandlesBatch, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { stateDelivered } from '../order-facts.js';
import { moveOrders } from './move-orders.js';

@Injectable()
export class DeliverOrderWhenShipmentDelivered {
  @HandlesBatch(ShipmentDelivered, { from: 'beginning' })
  async deliver(facts: Fact<ShipmentDelivered>[], tx: Transaction): Promise<void> {
    await moveOrders(facts, tx, 'delivered', (order, fact) => {
      order.deliver(new Date());
      stateDelivered(order, fact.data, tx, fact);
    });
  }
}
