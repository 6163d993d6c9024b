import { loadConfig } from '@hookshop/config';
import { OrderCancelled, OrderConfirmed, WebhookReceived } from '@hookshop/contracts';
import { BrokerConnection, DeadLetters, type Fact, HandlesEvery, STREAM, Transactions } from '@hookshop/messaging';
import { Metrics } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { eventually } from '@hookshop/testing';
import { type DynamicModule, type INestApplicationContext, Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { v7 as uuidv7 } from 'uuid';
import { LookAtParcels } from '../look-at-parcels/look-at-parcels.js';
import { ShipParcels } from '../ship-parcels/ship-parcels.js';
import type { ShipmentStatus } from '../shipment-status.js';
import { ShippingConfig } from '../shipping.config.js';
import { ShippingModule } from '../shipping.module.js';
import type { Consignment } from './carrier-stand-in.js';
import { aCancelledOrder, aConfirmedOrder } from './order-facts.js';

export interface ShipmentRow {
  id: string;
  order_id: string;
  status: ShipmentStatus;
  version: number;
  carrier_id: string | null;
  tracking_number: string | null;
  attempts: number;
  failures: number;
  last_error: string | null;
  booking_asked_at: Date | null;
  next_attempt_at: Date | null;
  next_look_at: Date | null;
  leased_until: Date | null;
}

/** Hears what shipping states on the stream. */
@Injectable()
class Ear {
  readonly facts: Fact<{ orderId: string }>[] = [];

  @HandlesEvery({ from: 'beginning' })
  async hear(facts: Fact<{ orderId: string }>[]): Promise<void> {
    this.facts.push(...facts.filter(({ type }) => type.startsWith('shipment.')));
  }
}

/** Three of the service's and the ear. */
const REACTIONS = 4;

export interface Surroundings {
  databaseUrl: string;
  natsUrl: string;
  carrierUrl: string;
  environment?: NodeJS.ProcessEnv;
}

/** The whole service as it runs in production, short of patience; what others tell it is published by the spec. */
export class ShippingUnderTest {
  private constructor(
    readonly app: INestApplicationContext,
    private readonly ear: Ear,
  ) {}

  static async start({ databaseUrl, natsUrl, carrierUrl, environment }: Surroundings): Promise<ShippingUnderTest> {
    const config = loadConfig(ShippingConfig, {
      PORT: '0',
      DATABASE_URL: databaseUrl,
      NATS_URL: natsUrl,
      CARRIER_API_BASE: carrierUrl,
      CARRIER_API_KEY: 'ck_spec',
      // Enough for a stand-in on a machine that is busy with other specs.
      CARRIER_TIMEOUT_MS: '3000',
      CARRIER_RETRY_SECONDS: '0.05',
      CARRIER_LOOKUP_LAG_SECONDS: '0',
      LOG_LEVEL: 'silent',
      NODE_ENV: 'test',
      ...environment,
    });
    const module: DynamicModule = ShippingModule.register(config);
    const app = await NestFactory.createApplicationContext(
      { ...module, providers: [...module.providers!, Ear] },
      { logger: false, abortOnError: false },
    );
    const shipping = new ShippingUnderTest(app, app.get(Ear));
    // Reactions that begin now must have begun before anything is told.
    await eventually(
      () => shipping.unhandledByReaction(),
      (reactions) => reactions.length === REACTIONS,
    );
    return shipping;
  }

  stop(): Promise<void> {
    return this.app.close();
  }

  get database(): Database {
    return this.app.get(Database);
  }

  /** Order says that it will be shipped. Returns the id of the fact. */
  confirm(orderId: string): Promise<string> {
    return this.state((tx) =>
      tx.publish(OrderConfirmed, aConfirmedOrder(orderId), { subject: orderId, sequence: 3, correlationId: orderId }),
    );
  }

  /** Order gives an order up. Returns the id of the fact. */
  cancel(orderId: string): Promise<string> {
    return this.state((tx) =>
      tx.publish(OrderCancelled, aCancelledOrder(orderId), { subject: orderId, sequence: 4, correlationId: orderId }),
    );
  }

  /** The gateway took a webhook of the carrier about a parcel. Returns the id of the fact. */
  tell(type: string, data: Consignment, more: Partial<WebhookReceived> = {}): Promise<string> {
    return this.receive(JSON.stringify({ type, timestamp: new Date().toISOString(), data }), more);
  }

  /** The gateway took a webhook with this body. Returns the id of the fact. */
  receive(body: string, more: Partial<WebhookReceived> = {}): Promise<string> {
    const receiptId = uuidv7();
    const webhook: WebhookReceived = {
      receiptId,
      source: 'carrier',
      webhookId: `msg_${receiptId}`,
      body,
      encoding: 'utf8',
      replaySuspected: false,
      receivedAt: new Date().toISOString(),
      ...more,
    };
    return this.state((tx) => tx.publish(WebhookReceived, webhook, { subject: receiptId, sequence: 1 }));
  }

  /** Who waits for something need not wait for the worker's next look. */
  hurry(): void {
    this.app.get(ShipParcels).wake();
    this.app.get(LookAtParcels).wake();
  }

  async shipment(orderId: string): Promise<ShipmentRow | undefined> {
    this.hurry();
    const [row] = await this.database.query<ShipmentRow>('SELECT * FROM shipments WHERE order_id = $1', [orderId]);
    return row;
  }

  /** What was stated about an order's shipment, oldest first. */
  factsOf(orderId: string): Fact<{ orderId: string }>[] {
    this.hurry();
    return this.ear.facts
      .filter(({ data }) => data.orderId === orderId)
      .sort((one, other) => one.sequence - other.sequence);
  }

  typesOf(orderId: string): string[] {
    return this.factsOf(orderId).map(({ type }) => type.replace(/\.v1$/, ''));
  }

  /** Everything that was stated until now has been handled. */
  async catchUp(): Promise<void> {
    await eventually(
      () => this.database.query('SELECT FROM outbox'),
      (facts) => facts.length === 0,
    );
    await eventually(
      () => this.unhandledByReaction(),
      (counts) => counts.every((count) => count === 0),
    );
  }

  private async unhandledByReaction(): Promise<number[]> {
    const { manager } = await this.app.get(BrokerConnection).opened;
    const counts: number[] = [];
    for await (const { num_pending, num_ack_pending } of manager.consumers.list(STREAM)) {
      counts.push(num_pending + num_ack_pending);
    }
    return counts;
  }

  async deadLetters() {
    return (await this.app.get(DeadLetters).list({ limit: 100 })).data;
  }

  /** How often something was counted, or measured by a histogram, under these labels: `carrier_webhooks_total`. */
  async counted(name: string, labels: Record<string, string>): Promise<number> {
    const { values } = (await this.app.get(Metrics).registry.getSingleMetric(name)!.get()) as {
      values: { value: number; metricName?: string; labels: Record<string, string> }[];
    };
    const counts = values.filter(({ metricName = name }) => metricName === name || metricName === `${name}_count`);
    const found = counts.find((one) => Object.entries(labels).every(([label, value]) => one.labels[label] === value));
    return found?.value ?? 0;
  }

  private state(work: (tx: Parameters<Parameters<Transactions['run']>[0]>[0]) => string): Promise<string> {
    return this.app.get(Transactions).run(async (tx) => work(tx));
  }
}
