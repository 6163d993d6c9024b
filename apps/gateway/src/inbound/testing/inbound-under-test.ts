import { createHmac } from 'node:crypto';
import { WebhookReceived } from '@hookshop/contracts';
import { eventually, testBroker, testDatabase, type TestBroker, type TestDatabase } from '@hookshop/testing';
import { hmacSigner, mintSecret, webhookHeaders } from '@hookshop/webhooks';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { v7 as uuidv7 } from 'uuid';
import type { GatewayConfig } from '../../gateway.config.js';
import { startGateway, type TestGateway } from '../../testing/test-gateway.js';

export const secrets = {
  stripe: 'whsec_of_the_specs',
  carrier: mintSecret(),
  github: 'github secret of the specs',
  shopify: 'shopify secret of the specs',
  esign: 'esign secret of the specs',
};

/** A source that configuration alone has made, and that stands for an event. */
export const esign = {
  secret: secrets.esign,
  header: 'X-Esign-Signature',
  id: { pointer: '/delivery/id' },
  as: 'document.signed.v1',
  description: 'A customer signed a document.',
  data: '/document',
  schema: {
    type: 'object',
    required: ['documentId', 'signer'],
    properties: { documentId: { type: 'string' }, signer: { type: 'string' } },
    examples: [{ documentId: 'doc_1', signer: 'ada@example.com' }],
  },
};

export interface Webhook {
  source: string;
  body: string | Buffer;
  headers: Record<string, string>;
}

const hmac = (secret: string, text: string | Buffer, encoding: 'hex' | 'base64') =>
  createHmac('sha256', secret).update(text).digest(encoding);
const now = (): number => Math.floor(Date.now() / 1000);

/** Messages as each of the senders signs them. */
export const signed = {
  stripe(
    { id = `evt_${uuidv7()}`, ...event }: { id?: string; [key: string]: unknown } = {},
    timestamp = now(),
  ): Webhook {
    const body = JSON.stringify({ id, object: 'event', type: 'payment_intent.succeeded', ...event });
    const signature = `t=${timestamp},v1=${hmac(secrets.stripe, `${timestamp}.${body}`, 'hex')}`;
    return { source: 'stripe', body, headers: { 'stripe-signature': signature } };
  },
  carrier(body = '{"type":"shipment.picked_up"}', id = `msg_${uuidv7()}`, timestamp = now()): Webhook {
    const headers = webhookHeaders([hmacSigner(secrets.carrier)], { id, timestamp, body });
    return { source: 'carrier', body, headers: { ...headers } };
  },
  github(body: string | Buffer = '{"action":"opened"}', id: string = uuidv7()): Webhook {
    const signature = `sha256=${hmac(secrets.github, body, 'hex')}`;
    return { source: 'github', body, headers: { 'x-hub-signature-256': signature, 'x-github-delivery': id } };
  },
  shopify(body = '{"id":1}', id: string = uuidv7()): Webhook {
    const signature = hmac(secrets.shopify, body, 'base64');
    return { source: 'shopify', body, headers: { 'x-shopify-hmac-sha256': signature, 'x-shopify-webhook-id': id } };
  },
  esign(document: unknown, id: string = uuidv7()): Webhook {
    const body = JSON.stringify({ delivery: { id }, document });
    return { source: 'esign', body, headers: { 'x-esign-signature': hmac(secrets.esign, body, 'hex') } };
  },
};

export interface StatedFact<T> {
  id: string;
  type: string;
  source: string;
  causationId: string | undefined;
  data: T;
}

/** The gateway seen by those who send webhooks to it, with its database, and the facts it states. */
export class InboundUnderTest {
  readonly gateways: TestGateway[] = [];
  private readonly published: StatedFact<unknown>[] = [];

  private constructor(
    readonly broker: TestBroker,
    readonly database: TestDatabase,
    private readonly connection: NatsConnection,
    private readonly settings: Partial<GatewayConfig>,
  ) {}

  static async start(settings: Partial<GatewayConfig> = {}, instances = 1): Promise<InboundUnderTest> {
    const [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    const connection = await connect({ servers: broker.url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
    const test = new InboundUnderTest(broker, database, connection, settings);
    test.listen();
    for (let count = 0; count < instances; count += 1) await test.startInstance();
    return test;
  }

  get gateway(): TestGateway {
    return this.gateways[0]!;
  }

  async startInstance(settings: Partial<GatewayConfig> = {}): Promise<TestGateway> {
    const gateway = await startGateway({
      natsUrl: this.broker.url,
      databaseUrl: this.database.url,
      stripeWebhookSecret: [secrets.stripe],
      carrierWebhookSecret: [secrets.carrier],
      githubWebhookSecret: [secrets.github],
      shopifyWebhookSecret: [secrets.shopify],
      inboundSources: JSON.stringify({ esign }),
      // Specs fail more often than anybody may.
      inboundFailuresPerMinute: 100_000,
      ...this.settings,
      ...settings,
    });
    this.gateways.push(gateway);
    return gateway;
  }

  async stop(): Promise<void> {
    for (const gateway of this.gateways) await gateway.stop();
    await this.connection.close();
    await this.broker.stop();
    await this.database.drop();
  }

  send({ source, body, headers }: Webhook, gateway = this.gateway): Promise<Response> {
    return fetch(`${gateway.url}/hooks/${source}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
  }

  /** Sends it and answers the receipt; fails unless it was taken. */
  async take(webhook: Webhook): Promise<{ id: string; status: string }> {
    const response = await this.send(webhook);
    if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`);
    return (await response.json()) as { id: string; status: string };
  }

  /** The facts of one type that were published, as soon as there are so many. */
  facts<T = WebhookReceived>(
    wanted: (fact: StatedFact<T>) => boolean,
    count = 1,
    type = 'webhook.received.v1',
  ): Promise<StatedFact<T>[]> {
    return eventually(
      () => this.published.filter((fact) => fact.type === type && wanted(fact as StatedFact<T>)) as StatedFact<T>[],
      (found) => found.length >= count,
    );
  }

  /** Beside the stream: what is published twice is heard twice. */
  private listen(): void {
    this.connection.subscribe('shop.>', {
      callback: (_error, message) => {
        this.published.push({
          id: message.headers!.get('ce-id'),
          type: message.headers!.get('ce-type'),
          source: message.headers!.get('ce-source'),
          causationId: message.headers!.get('ce-causationid') || undefined,
          data: message.json(),
        });
      },
    });
  }

  async outboxIsEmpty(): Promise<boolean> {
    const [row] = await this.database.query<{ facts: number }>('SELECT count(*)::int AS facts FROM outbox');
    return row!.facts === 0;
  }
}
