import { OrderCancelled } from '@hookshop/contracts';
import { type Fact, HandlesBatch, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { lockShipments } from '../settlement/lock-shipments.js';
import { Settlements } from '../settlement/settlements.js';
import { ShipParcels } from '../ship-parcels/ship-parcels.js';
import { askedBy } from './asked-by.js';
import { insertTombstones } from './insert-tombstones.js';

/** A cancelled order is not shipped, wherever its parcel is at that moment, and never booked later. */
@Injectable()
export class CallOffShipmentWhenOrderCancelled {
  constructor(
    private readonly parcels: ShipParcels,
    private readonly settlements: Settlements,
  ) {}

  @HandlesBatch(OrderCancelled, { from: 'now' })
  async callOff(facts: Fact<OrderCancelled>[], tx: Transaction): Promise<void> {
    // The first of several is the one that did it.
    const causes = new Map(facts.toReversed().map((fact) => [fact.data.orderId, askedBy(fact)]));
    const tombstones = [...causes].map(([orderId, cause]) => ({ id: uuidv7(), orderId, cause }));
    const shipped = await insertTombstones(tx, tombstones);
    if (shipped.length === 0) return;

    const now = new Date();
    const updates = [...(await lockShipments(tx, shipped)).values()].flatMap(({ shipment, isAsked }) => {
      const known = shipment.copy();
      return shipment.callOff(causes.get(shipment.orderId)!, isAsked, now) ? [{ shipment, known }] : [];
    });
    await this.settlements.store(tx, updates);
    tx.afterCommit(() => {
      if (updates.some(({ shipment }) => shipment.isOpen)) this.parcels.wake();
    });
  }
}
