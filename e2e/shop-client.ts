import { randomUUID } from 'node:crypto';
import type { CustomerView, DeadLetterView, OrderView, Page, ProductView, ReactionView } from '@hookshop/contracts';
import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { eventually } from '@hookshop/testing';
import pg from 'pg';
import type { ShopDescription } from '../tools/shop/shop.mjs';

export interface Mail {
  to: string;
  subject: string;
  text: string;
  html: string;
  messageId: string;
}

export interface Intent {
  id: string;
  status: string;
  amountInCents: number;
}

/** What the sandbox's partner took; `copy` counts the receipts of one webhook-id. */
export interface PartnerReceipt {
  webhookId: string;
  type: string;
  orderId: string | null;
  copy: number;
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

/** A customer, an operator and a third party of a running shop, over its public doors. */
export class ShopClient {
  private readonly pools = new Map<string, pg.Pool>();
  private broker?: Promise<NatsConnection>;

  constructor(readonly shop: ShopDescription) {}

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

  inbox(email: string): Promise<Mail[]> {
    return this.sandbox<Mail>(`/inbox?to=${encodeURIComponent(email)}`);
  }

  intents({ id }: { id: string }): Promise<Intent[]> {
    return this.sandbox<Intent>(`/provider/payment-intents?orderId=${id}`);
  }

  refunds({ id }: { id: string }): Promise<Intent[]> {
    return this.sandbox<Intent>(`/provider/refunds?orderId=${id}`);
  }

  /** Resolves when the sandbox's partner has registered itself at the gateway. */
  async partnerIsRegistered(): Promise<void> {
    await eventually(
      async () => (await fetch(`${this.shop.urls['sandbox']}/readyz`)).json(),
      { checks: { partner: { ok: true } } },
      { timeoutMs: 20_000 },
    );
  }

  /** What the sandbox's partner received, of one order or the newest of all. */
  partnerReceived(order?: { id: string }): Promise<PartnerReceipt[]> {
    return this.sandbox<PartnerReceipt>(`/partner/received?limit=100${order ? `&orderId=${order.id}` : ''}`);
  }

  async tellSandbox(method: string, path: string, body: object): Promise<void> {
    const response = await fetch(`${this.shop.urls['sandbox']}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok)
      throw new Error(`${method} ${path} was answered with ${response.status}: ${await response.text()}`);
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

  async jetstream(): Promise<JetStreamClient> {
    this.broker ??= connect({ servers: this.shop.natsUrl, maxReconnectAttempts: -1 });
    return jetstream(await this.broker);
  }

  /** Puts every stored fact of an order on the stream again: other messages for the broker, the same events. */
  async deliverAgain({ id }: { id: string }): Promise<number> {
    const client = await this.jetstream();
    const consumer = await client.consumers.get('EVENTS', { filter_subjects: 'shop.>' });
    const { num_pending } = await consumer.info();
    let copies = 0;
    for await (const message of await consumer.fetch({ max_messages: num_pending, expires: 2_000 })) {
      if (message.headers?.get('ce-correlationid') !== id) continue;
      message.headers.delete('Nats-Msg-Id');
      await client.publish(message.subject, message.data, { headers: message.headers, msgID: randomUUID() });
      copies += 1;
    }
    return copies;
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

  private async sandbox<T>(path: string): Promise<T[]> {
    const response = await fetch(`${this.shop.urls['sandbox']}${path}`);
    if (!response.ok) throw new Error(`GET ${path} was answered with ${response.status}`);
    return ((await response.json()) as { data: T[] }).data;
  }
}

interface CallOptions {
  key?: string;
  body?: object;
  headers?: Record<string, string>;
}
