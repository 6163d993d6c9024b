import { WebhookReceived } from '@hookshop/contracts';
import { type Fact, HandlesBatch, type Transaction, Unprocessable } from '@hookshop/messaging';
import { Logger, Metrics } from '@hookshop/observability';
import { Injectable } from '@nestjs/common';
import { type CarrierShipment, NotAShipment } from '../carrier/carrier-shipment.js';
import { lockShipments } from '../settlement/lock-shipments.js';
import { Settlements } from '../settlement/settlements.js';
import { ShipParcels } from '../ship-parcels/ship-parcels.js';
import { BookedTwice } from '../shipment-errors.js';
import type { Shipment } from '../shipment.js';
import { ShippingConfig } from '../shipping.config.js';
import { askedBy } from './asked-by.js';
import { type KnownType, readCarrierMessage } from './read-carrier-message.js';

interface News {
  fact: Fact<WebhookReceived>;
  type: KnownType;
  parcel: CarrierShipment;
}

type Outcome = 'news' | 'old-news' | 'ignored' | 'dead';

/** What the carrier tells of its own accord: it has a parcel, it has delivered one. */
@Injectable()
export class FollowCarrierWhenWebhookReceived {
  private readonly counter;
  private readonly patience;

  constructor(
    config: ShippingConfig,
    private readonly parcels: ShipParcels,
    private readonly settlements: Settlements,
    private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.patience = config.patience;
    this.counter = metrics.counter({
      name: 'carrier_webhooks_total',
      help: "The carrier's messages by type (other: none that is known) and outcome (news, old-news, ignored, dead)",
      labelNames: ['type', 'outcome'],
    });
  }

  @HandlesBatch(WebhookReceived, { from: 'now', background: true, source: '/gateway/hooks/carrier' })
  async follow(facts: Fact<WebhookReceived>[], tx: Transaction): Promise<void> {
    const news = facts.filter(({ data }) => data.source === 'carrier').flatMap((fact) => this.read(fact, facts, tx));
    if (news.length === 0) return;
    const locked = await lockShipments(tx, [...new Set(news.map(({ parcel }) => parcel.reference))]);
    const before = new Map([...locked].map(([orderId, { shipment }]) => [orderId, shipment.copy()]));
    const now = new Date();
    const moved = new Set<Shipment>();
    for (const one of news) {
      const shipment = locked.get(one.parcel.reference)?.shipment;
      const isNew = this.tell(shipment, one, facts, now);
      if (isNew) moved.add(shipment!);
      tx.afterCommit(() => this.count(one.type, isNew ? 'news' : 'old-news'));
    }
    await this.settlements.store(
      tx,
      [...moved].map((shipment) => ({ shipment, known: before.get(shipment.orderId)! })),
    );
    tx.afterCommit(() => {
      if ([...moved].some(({ isOpen }) => isOpen)) this.parcels.wake();
    });
  }

  private read(fact: Fact<WebhookReceived>, batch: readonly unknown[], tx: Transaction): News[] {
    const { webhookId, receiptId } = fact.data;
    try {
      const message = readCarrierMessage(fact.data);
      if (message.is === 'news') return [{ fact, ...message }];
      tx.afterCommit(() => {
        this.count('other', 'ignored');
        const reason = 'It is of a type that this shop does nothing about';
        this.log.warn({ webhookId, receiptId, type: message.type, reason }, 'A message of the carrier is ignored');
      });
      return [];
    } catch (error) {
      if (!(error instanceof NotAShipment)) throw error;
      throw this.dead(
        'other',
        batch,
        `The carrier's message ${webhookId} cannot be read: ${error.message}. Look at its body under ` +
          `/v1/inbound-webhooks/${receiptId} and ask the carrier; discard this letter when the parcel's state is known`,
      );
    }
  }

  /** @returns whether the shipment is different now */
  private tell(shipment: Shipment | undefined, news: News, batch: readonly unknown[], now: Date): boolean {
    const { fact, type, parcel } = news;
    // Who was never asked to book cannot have the parcel of an order.
    if (!shipment || shipment.bookingAskedAt === null) {
      throw this.dead(
        type,
        batch,
        `The carrier tells of ${parcel.id} for order ${parcel.reference}, which this shop has not given it. Ask the ` +
          'carrier whose parcel that is; redrive this letter if the shipment is here by then, discard it otherwise',
      );
    }
    try {
      return shipment.learn(parcel, askedBy(fact), this.patience, now);
    } catch (error) {
      if (!(error instanceof BookedTwice)) throw error;
      throw this.dead(type, batch, `${error.message}, then discard this letter`);
    }
  }

  /** A batch that fails is handled again, each message alone: there it counts. */
  private dead(type: KnownType | 'other', batch: readonly unknown[], reason: string): Unprocessable {
    if (batch.length === 1) this.count(type, 'dead');
    return new Unprocessable(reason);
  }

  private count(type: KnownType | 'other', outcome: Outcome): void {
    this.counter.inc({ type, outcome });
  }
}
