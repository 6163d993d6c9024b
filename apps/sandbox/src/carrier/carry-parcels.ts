import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { type OwedWebhook, oweWebhooks } from '../webhooks/owe-webhooks.js';
import { SendWebhooks } from '../webhooks/send-webhooks.js';
import { CarrierBehaviour, type Telling } from './behaviour/carrier-behaviour.js';
import { newMessageId } from './carrier-ids.js';
import { keepMove, lockShipment } from './lock-shipment.js';
import type { Shipment } from './shipment.js';
import { toApiShipment } from './shipment-views.js';

/** Nobody booked it, or the books were emptied since. */
export class NoSuchShipment extends Error {
  constructor() {
    super('There is no such shipment');
    this.name = 'NoSuchShipment';
  }
}

export interface Moved {
  shipment: Shipment;
  /** Of the webhooks that tell of it; empty when nothing moved or nobody is told. */
  messageIds: string[];
}

/** Moves parcels towards their recipients. Each move and the webhook that tells of it commit together. */
@Injectable()
export class CarryParcels {
  constructor(
    private readonly database: Database,
    private readonly webhooks: SendWebhooks,
    private readonly behaviour: CarrierBehaviour,
  ) {}

  /**
   * @param telling as the carrier behaves at the moment, unless given
   * @throws NoSuchShipment, IllegalMove
   */
  pickUp(id: string, telling?: Telling): Promise<Moved> {
    return this.move(id, pickUp, telling);
  }

  /**
   * Picks the parcel up first if that was not done yet.
   *
   * @throws NoSuchShipment, IllegalMove
   */
  deliver(id: string): Promise<Moved> {
    return this.move(id, (shipment, now) => [...pickUp(shipment, now), ...deliver(shipment, now)]);
  }

  private move(id: string, make: (shipment: Shipment, now: Date) => Told[], telling?: Telling): Promise<Moved> {
    return this.database.transaction(async (tx) => {
      const shipment = await lockShipment(id, tx);
      if (shipment === null) throw new NoSuchShipment();
      const told = make(shipment, new Date());
      if (told.length === 0) return { shipment, messageIds: [] };

      await keepMove(shipment, tx);
      if (!this.webhooks.sends('carrier')) return { shipment, messageIds: [] };
      const owed = inOrder(told, telling ?? this.behaviour.meetMoves(told.length));
      await oweWebhooks(tx, owed);
      tx.afterCommit(() => this.webhooks.wake('carrier'));
      return { shipment, messageIds: owed.map(({ eventId }) => eventId) };
    });
  }
}

interface Told {
  messageId: string;
  body: string;
}

const pickUp = (shipment: Shipment, now: Date): Told[] =>
  shipment.pickUp(now) ? [tell('shipment.picked_up', shipment, now)] : [];

const deliver = (shipment: Shipment, now: Date): Told[] =>
  shipment.deliver(now) ? [tell('shipment.delivered', shipment, now)] : [];

/** The shipment is told as it is now, whenever the webhook arrives. */
const tell = (type: string, shipment: Shipment, timestamp: Date): Told => ({
  messageId: newMessageId(),
  body: JSON.stringify({ type, timestamp, data: toApiShipment(shipment) }),
});

/** Moves made together are told together, and race, unless the last one is to be told first. */
function inOrder(told: Told[], { copies, deliveredFirst }: Telling): OwedWebhook[] {
  const last = told.at(-1)!.messageId;
  return told.map(({ messageId, body }) => ({
    sender: 'carrier',
    eventId: messageId,
    body,
    copies,
    ...(deliveredFirst && messageId !== last && { afterEventId: last }),
  }));
}
