import { loadConfig } from '@hookshop/config';
import { OrderCancelled, OrderPaymentRequested, WebhookReceived } from '@hookshop/contracts';
import { DeadLetters, type Fact, HandlesEvery, Transactions } from '@hookshop/messaging';
import { Metrics } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { eventually } from '@hookshop/testing';
import { type DynamicModule, type INestApplicationContext, Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { v7 as uuidv7 } from 'uuid';
import { ChargePayments } from '../charge-payments/charge-payments.js';
import { PaymentConfig } from '../payment.config.js';
import { PaymentModule } from '../payment.module.js';
import type { PaymentStatus } from '../payment-status.js';
import { RefundPayments } from '../refund-payments/refund-payments.js';

/** The reaction to webhooks, as broker and inbox know it. */
const HEARS = 'payment-settle-payment-when-webhook-received';

export interface PaymentRow {
  id: string;
  order_id: string;
  status: PaymentStatus;
  version: number;
  attempts: number;
  provider_reference: string | null;
  refund_reference: string | null;
  decline_reason: string | null;
  next_attempt_at: Date | null;
  leased_until: Date | null;
}

/** Hears what payment states on the stream. */
@Injectable()
class Ear {
  readonly facts: Fact<{ orderId: string }>[] = [];

  @HandlesEvery({ from: 'beginning' })
  async hear(facts: Fact<{ orderId: string }>[]): Promise<void> {
    this.facts.push(...facts.filter(({ type }) => type.startsWith('payment.')));
  }
}

export interface Surroundings {
  databaseUrl: string;
  natsUrl: string;
  providerUrl: string;
  environment?: NodeJS.ProcessEnv;
}

/** The whole service as it runs in production, short of patience; what orders tell it is published by the spec. */
export class PaymentUnderTest {
  private constructor(
    readonly app: INestApplicationContext,
    private readonly ear: Ear,
  ) {}

  static async start({ databaseUrl, natsUrl, providerUrl, environment }: Surroundings): Promise<PaymentUnderTest> {
    const config = loadConfig(PaymentConfig, {
      PORT: '0',
      DATABASE_URL: databaseUrl,
      NATS_URL: natsUrl,
      STRIPE_API_KEY: 'sk_test_spec',
      STRIPE_API_BASE: providerUrl,
      // Enough for a stand-in on a machine that is busy with other specs.
      STRIPE_TIMEOUT_MS: '3000',
      CHARGE_BACKOFF_SECONDS: '0.05',
      AUTHENTICATION_CHECK_SECONDS: '0.05',
      REFUND_BACKOFF_SECONDS: '0.05,0.05',
      LOG_LEVEL: 'silent',
      NODE_ENV: 'test',
      ...environment,
    });
    const module: DynamicModule = PaymentModule.register(config);
    const app = await NestFactory.createApplicationContext(
      { ...module, providers: [...module.providers!, Ear] },
      { logger: false, abortOnError: false },
    );
    return new PaymentUnderTest(app, app.get(Ear));
  }

  stop(): Promise<void> {
    return this.app.close();
  }

  get database(): Database {
    return this.app.get(Database);
  }

  /** Order asks for its payment. */
  async requestPayment(method = 'pm_card_visa', orderId: string = uuidv7()): Promise<string> {
    await this.app.get(Transactions).run(async (tx) => {
      tx.publish(
        OrderPaymentRequested,
        { orderId, amountInCents: 9900, currency: 'USD', paymentMethod: method },
        { subject: orderId, sequence: 2, correlationId: orderId },
      );
    });
    return orderId;
  }

  /** Order gives an order up. Returns the id of the fact. */
  cancelOrder(orderId: string): Promise<string> {
    return this.app
      .get(Transactions)
      .run(async (tx) =>
        tx.publish(OrderCancelled, cancelled(orderId), { subject: orderId, sequence: 3, correlationId: orderId }),
      );
  }

  /** The gateway took a webhook. Returns the id of the fact. */
  receive(body: object | string, source = 'stripe'): Promise<string> {
    const receiptId = uuidv7();
    const received = webhook(typeof body === 'string' ? body : JSON.stringify(body), { receiptId, source });
    return this.app
      .get(Transactions)
      .run(async (tx) => tx.publish(WebhookReceived, received, { subject: receiptId, sequence: 1 }));
  }

  /** Receives a webhook and waits until it was heard, whatever it was good for. Returns the id of the fact. */
  async hears(body: object | string, source?: string): Promise<string> {
    const id = await this.receive(body, source);
    await eventually(
      () => this.database.query('SELECT FROM inbox WHERE event_id = $1 AND reaction = $2', [id, HEARS]),
      {
        length: 1,
      } as never,
    );
    return id;
  }

  /** Why the webhooks that nobody can handle are dead letters, by the ids of their facts. */
  async refusals(): Promise<Map<string, string>> {
    const { data } = await this.app.get(DeadLetters).list({ limit: 100, reaction: HEARS.replace('payment-', '') });
    return new Map(data.map(({ event, error }) => [event.id, error]));
  }

  /** The value of a metric, by the start of its line. */
  async metric(line: string): Promise<number> {
    const text = await this.app.get(Metrics).registry.metrics();
    const found = text.split('\n').find((one) => one.startsWith(`${line} `));
    return found === undefined ? 0 : Number(found.slice(line.length));
  }

  /** Who waits for something need not wait for the workers' next look. */
  hurry(): void {
    this.app.get(ChargePayments).wake();
    this.app.get(RefundPayments).wake();
  }

  async payment(orderId: string): Promise<PaymentRow | undefined> {
    this.hurry();
    const [row] = await this.database.query<PaymentRow>('SELECT * FROM payments WHERE order_id = $1', [orderId]);
    return row;
  }

  /** What was stated about an order's payment, oldest first. */
  factsOf(orderId: string): Fact<{ orderId: string }>[] {
    this.hurry();
    return this.ear.facts
      .filter(({ data }) => data.orderId === orderId)
      .sort((one, other) => one.sequence - other.sequence);
  }

  typesOf(orderId: string): string[] {
    return this.factsOf(orderId).map(({ type }) => type.replace(/\.v1$/, ''));
  }
}

export const webhook = (body: string, more: Partial<WebhookReceived> = {}): WebhookReceived => ({
  receiptId: uuidv7(),
  source: 'stripe',
  webhookId: 'evt_1',
  body,
  encoding: 'utf8',
  replaySuspected: false,
  receivedAt: new Date().toISOString(),
  ...more,
});

export const cancelled = (orderId: string): OrderCancelled => ({
  orderId,
  customer: { email: 'ada@example.com', name: 'Ada Lovelace' },
  lines: [{ sku: 'KEYB-01', name: 'Keyboard', quantity: 1, unitPriceInCents: 9900 }],
  totalInCents: 9900,
  currency: 'USD',
  reason: 'requested',
  cancelledAt: new Date().toISOString(),
});
