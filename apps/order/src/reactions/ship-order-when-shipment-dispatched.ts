import { ShipmentDispatched } from '@hookshop/contracts';
import { type Fact, HandlesBatch, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { stateShipped } from '../order-facts.js';
import { OrderOutcomes } from '../order-outcomes.js';
import { moveOrders } from './move-orders.js';

@Injectable()
export class ShipOrderWhenShipmentDispatched {
  constructor(private readonly outcomes: OrderOutcomes) {}

  @HandlesBatch(ShipmentDispatched, { from: 'beginning' })
  async ship(facts: Fact<ShipmentDispatched>[], tx: Transaction): Promise<void> {
    await moveOrders(facts, tx, 'shipped', (order, fact) => {
      order.ship(new Date());
      stateShipped(order, fact.data, tx, fact);
      this.outcomes.count(order, tx);
    });
  }
}
