import { ShipmentDispatched } from '@hookshop/contracts';
import { type Fact, HandlesBatch, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { stateShipped } from '../order-facts.js';
import { moveOrders } from './move-orders.js';

@Injectable()
export class ShipOrderWhenShipmentDispatched {
  @HandlesBatch(ShipmentDispatched, { from: 'beginning' })
  async ship(facts: Fact<ShipmentDispatched>[], tx: Transaction): Promise<void> {
    await moveOrders(facts, tx, 'shipped', (order, fact) => {
      order.ship(new Date());
      stateShipped(order, fact.data, tx, fact);
    });
  }
}
