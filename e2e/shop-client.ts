import { randomUUID } from 'node:crypto';
import type { CustomerView, DeadLetterView, OrderView, Page, ProductView, ReactionView } from '@hookshop/contracts';
import { jetstream, type JetStreamClient, type JsMsg } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { eventually } from '@hookshop/testing';
import pg from 'pg';
import { natsAddress } from '../tools/infrastructure/nats-address.mjs';
import type { ShopDescription } from '../tools/shop/shop.mjs';
import { SandboxClient } from './sandbox-client.js';
import type { SignedHook } from './signed-hooks.js';

/** What somebody sent to the gateway, as admins see it. */
export interface Receipt {
  id: string;
  source: string;
  status: 'received' | 'duplicate' | 'rejected';
  webhookId: string | null;
  reason: string | null;
}

export interface StoredFact<T> {
  id: string;
  /** Id of the fact that led to it; empty when none did. */
  causationId: string;
  data: T;
}

export interface TimelineFact {
  id: string;
  type: string;
  source: string;
  time: string;
  data: Record<string, unknown>;
}

export interface Answer<T> {
  status: number;
  headers: Headers;
  body: T;
}

interface OrderOptions {
  sku?: string;
  quantity?: number;
  payment?: string;
  email?: string;
  idempotencyKey?: string;
}

/** A customer and an operator of a running shop, over its public doors. */
export class ShopClient {
  readonly sandbox: SandboxClient;
  private readonly pools = new Map<string, pg.Pool>();
  private broker?: Promise<NatsConnection>;

  constructor(readonly shop: ShopDescription) {
    this.sandbox = new SandboxClient(shop.urls['sandbox']!);
  }

  /** The shop that all end-to-end specs share. */
  static ofRun(): ShopClient {
    return new ShopClient(JSON.parse(process.env['HOOKSHOP_E2E']!) as ShopDescription);
  }

  async close(): Promise<void> {
    await (await this.broker)?.close();
    await Promise.all([...this.pools.values()].map((pool) => pool.end()));
  }

  async call<T>(method: string, path: string, { key = this.shop.keys.admin, body, headers = {} }: CallOptions = {}) {
    const response = await fetch(`${this.shop.urls['gateway']}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : null) as T };
  }

  async get<T>(path: string): Promise<T> {
    const { status, body } = await this.call<T>('GET', path);
    if (status !== 200) throw new Error(`GET ${path} was answered with ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  tryPlacing({
    sku = 'KEYB-01',
    quantity = 1,
    payment = 'pm_card_visa',
    email = `${randomUUID()}@example.com`,
    idempotencyKey = randomUUID(),
  }: OrderOptions = {}): Promise<Answer<OrderView>> {
    return this.call<OrderView>('POST', '/v1/orders', {
      key: this.shop.keys.shop,
      headers: { 'idempotency-key': idempotencyKey },
      body: {
        customer: { email, name: 'Ada Lovelace' },
        lines: [{ sku, quantity }],
        payment: { method: payment },
        shippingAddress: { line1: '1 Main St', city: 'Springfield', postalCode: '12345', country: 'US' },
      },
    });
  }

  async place(options?: OrderOptions): Promise<OrderView> {
    const { status, body } = await this.tryPlacing(options);
    if (status !== 201) throw new Error(`The order was answered with ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  cancel({ id }: { id: string }): Promise<Answer<OrderView>> {
    return this.call('POST', `/v1/orders/${id}/cancel`, { key: this.shop.keys.shop });
  }

  becomes({ id }: { id: string }, expected: Partial<OrderView>): Promise<OrderView> {
    return eventually(() => this.get<OrderView>(`/v1/orders/${id}`), expected, { timeoutMs: 20_000 });
  }

  async timeline({ id }: { id: string }): Promise<TimelineFact[]> {
    return (await this.get<Page<TimelineFact>>(`/v1/orders/${id}/timeline?limit=100`)).data;
  }

  /** The timeline once all these types are in it. */
  timelineWith(order: { id: string }, ...types: string[]): Promise<TimelineFact[]> {
    return eventually(
      () => this.timeline(order),
      (facts) => types.every((type) => facts.some((fact) => fact.type === type)),
    );
  }

  product(sku: string): Promise<ProductView> {
    return this.get(`/v1/products/${sku}`);
  }

  async customer(email: string): Promise<CustomerView | undefined> {
    return (await this.get<Page<CustomerView>>(`/v1/customers?email=${encodeURIComponent(email)}`)).data[0];
  }

  /** Sends a webhook to the gateway as a third party does: its signature is all it has to show. */
  async hook({ source, headers, body }: SignedHook): Promise<Answer<string>> {
    const response = await fetch(`${this.shop.urls['gateway']}/hooks/${source}`, { method: 'POST', headers, body });
    return { status: response.status, headers: response.headers, body: await response.text() };
  }

  /** Of one message: what became of its copies, newest first. */
  async receipts(webhookId: string): Promise<Receipt[]> {
    return (await this.get<Page<Receipt>>(`/v1/inbound-webhooks?webhookId=${encodeURIComponent(webhookId)}`)).data;
  }

  /** The ids of what a third party has to tell about an order, oldest first, each once. */
  async eventsAbout({ id }: { id: string }, type: string): Promise<string[]> {
    const rows = await this.query<{ eventId: string }>(
      'sandbox',
      `SELECT event_id AS "eventId" FROM webhooks WHERE body LIKE '%' || $1 || '%' AND body::json ->> 'type' = $2
       GROUP BY event_id ORDER BY min(id::text)`,
      [id, type],
    );
    return rows.map(({ eventId }) => eventId);
  }

  async deadLetters(service: string): Promise<DeadLetterView[]> {
    return (await this.get<Page<DeadLetterView>>(`/v1/dead-letters?service=${service}&limit=100`)).data;
  }

  async consumers(): Promise<ReactionView[]> {
    return (await this.get<{ data: ReactionView[] }>('/v1/consumers')).data;
  }

  /** Resolves when no reaction has anything left to do. */
  async rest({ timeoutMs = 60_000 } = {}): Promise<void> {
    await eventually(
      () => this.consumers(),
      (reactions) => reactions.length > 0 && reactions.every(({ pending, inFlight }) => pending + inFlight === 0),
      { timeoutMs },
    );
  }

  async query<T>(service: string, sql: string, values: unknown[] = []): Promise<T[]> {
    let pool = this.pools.get(service);
    if (!pool) {
      pool = new pg.Pool({ connectionString: this.shop.databases[service], max: 2 });
      // A killed database ends idle sessions: the next query opens another.
      pool.on('error', () => undefined);
      this.pools.set(service, pool);
    }
    return (await pool.query(sql, values)).rows as T[];
  }

  /** Makes senders wait at the gateway's door, until what it returns is called. */
  async holdWebhooks(): Promise<() => Promise<void>> {
    const holder = new pg.Client({ connectionString: this.shop.databases['gateway'] });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE inbound_ids IN ACCESS EXCLUSIVE MODE');
    return () => holder.end();
  }

  async jetstream(): Promise<JetStreamClient> {
    this.broker ??= connect({ ...natsAddress(this.shop.natsUrl), maxReconnectAttempts: -1 });
    return jetstream(await this.broker);
  }

  /** Puts every stored fact of an order on the stream again: other messages for the broker, the same events. */
  async deliverAgain({ id }: { id: string }): Promise<number> {
    const client = await this.jetstream();
    let copies = 0;
    for (const { subject, data, headers } of await this.stored('shop.>')) {
      if (headers?.get('ce-correlationid') !== id) continue;
      headers.delete('Nats-Msg-Id');
      await client.publish(subject, data, { headers, msgID: randomUUID() });
      copies += 1;
    }
    return copies;
  }

  /** Every stored fact of a type, oldest first. */
  async facts<T>(type: string): Promise<StoredFact<T>[]> {
    return (await this.stored(`shop.${type}`)).map((message) => ({
      id: message.headers!.get('ce-id'),
      causationId: message.headers!.get('ce-causationid'),
      data: message.json<T>(),
    }));
  }

  private async stored(subjects: string): Promise<JsMsg[]> {
    const client = await this.jetstream();
    const consumer = await client.consumers.get('EVENTS', { filter_subjects: subjects });
    const { num_pending } = await consumer.info();
    const messages: JsMsg[] = [];
    // On a busy machine one fetch ends before it has them all.
    while (messages.length < num_pending) {
      const more = await consumer.fetch({ max_messages: num_pending - messages.length, expires: 5_000 });
      for await (const message of more) messages.push(message);
    }
    return messages;
  }

  /** States a fact as a service would. */
  async state(
    type: string,
    {
      id = randomUUID(),
      subject,
      sequence,
      orderId,
      data,
    }: { id?: string; subject: string; sequence: number; orderId: string; data: object },
  ): Promise<string> {
    const envelope = headers();
    const attributes = {
      'ce-specversion': '1.0',
      'ce-id': id,
      'ce-source': '/spec',
      'ce-type': type,
      'ce-subject': subject,
      'ce-sequence': String(sequence),
      'ce-time': new Date().toISOString(),
      'ce-correlationid': orderId,
    };
    for (const [name, value] of Object.entries(attributes)) envelope.set(name, value);
    await (
      await this.jetstream()
    ).publish(`shop.${type}`, JSON.stringify(data), { headers: envelope, msgID: randomUUID() });
    return id;
  }
}

interface CallOptions {
  key?: string;
  body?: object;
  headers?: Record<string, string>;
}
