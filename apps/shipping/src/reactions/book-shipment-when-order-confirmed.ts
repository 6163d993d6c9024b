import { OrderConfirmed } from '@hookshop/contracts';
import { type Fact, HandlesBatch, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ShipParcels } from '../ship-parcels/ship-parcels.js';
import { Shipment } from '../shipment.js';
import { askedBy } from './asked-by.js';
import { insertShipments } from './insert-shipments.js';

/** The intent to ship is committed first; the carrier is asked once it is. */
@Injectable()
export class BookShipmentWhenOrderConfirmed {
  constructor(private readonly parcels: ShipParcels) {}

  @HandlesBatch(OrderConfirmed, { from: 'now', background: true })
  async book(facts: Fact<OrderConfirmed>[], tx: Transaction): Promise<void> {
    const planned = facts.map((fact) => Shipment.plan(uuidv7(), fact.data, askedBy(fact)));
    // What this process cannot begin soon is left to whoever can: a lease would only keep others from it.
    const leased = Math.min(planned.length, this.parcels.room);
    const fresh = await insertShipments(tx, planned, leased, this.parcels.leaseSeconds);

    tx.afterCommit(() => {
      this.parcels.handOver(planned.slice(0, leased).filter(({ id }) => fresh.has(id)));
      if (leased < planned.length) this.parcels.findBacklog();
    });
  }
}
