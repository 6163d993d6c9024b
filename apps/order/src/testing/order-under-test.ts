import type { OrderView, PlaceOrder } from '@hookshop/contracts';
import { startService } from '@hookshop/http';
import { BrokerConnection, natsHeaders, Requests, seal } from '@hookshop/messaging';
import { eventually } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { OrderConfig } from '../order.config.js';
import { OrderModule } from '../order.module.js';

type App = Awaited<ReturnType<typeof startService>>;

export const aRequest = (more: Partial<PlaceOrder> = {}): PlaceOrder => ({
  orderId: uuidv7(),
  customer: { email: 'ada@example.com', name: 'Ada Lovelace' },
  lines: [{ sku: 'KEYB-01', quantity: 1 }],
  payment: { method: 'pm_card_visa' },
  shippingAddress: { line1: '1 Main St', city: 'Springfield', postalCode: '12345', country: 'US' },
  ...more,
});

/** The refusal a request met. */
export const refusalOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => 'not refused',
    (error: { refusal?: unknown }) => error.refusal,
  );

/** The whole service as it runs in production; what other services tell it is published by the spec. */
export class OrderUnderTest {
  private constructor(readonly app: App) {}

  static async start(databaseUrl: string, natsUrl: string): Promise<OrderUnderTest> {
    const config = Object.assign(new OrderConfig(), {
      port: 0,
      host: '127.0.0.1',
      databaseUrl,
      natsUrl,
      logLevel: 'fatal',
      nodeEnv: 'test',
    });
    const module = (given: OrderConfig) => OrderModule.register(given);
    const order = new OrderUnderTest(await startService({ service: 'order', config: OrderConfig, module }, config));
    await order.app.get(BrokerConnection).opened;
    return order;
  }

  async stop(): Promise<void> {
    await this.app.close();
  }

  /** States a fact as another service would. */
  async given(type: string, subject: string, sequence: number, data: object): Promise<void> {
    const { jetstream } = await this.app.get(BrokerConnection).opened;
    const envelope = seal({
      id: uuidv7(),
      type,
      source: '/other',
      subject,
      sequence,
      time: new Date().toISOString(),
      data,
    });
    await jetstream.publish(envelope.subject, envelope.payload, { headers: natsHeaders(envelope.headers) });
  }

  async list(sku: string, priceInCents: number, currency = 'USD', name = sku): Promise<void> {
    await this.given('product.listed.v1', sku, 1, { sku, name, priceInCents, currency });
  }

  ask<T = OrderView>(subject: string, body: object): Promise<T> {
    return this.app.get(Requests).ask<T>(subject, body);
  }

  place(more?: Partial<PlaceOrder>): Promise<OrderView> {
    return this.ask('order.place', aRequest(more));
  }

  show(id: string): Promise<OrderView> {
    return this.ask('order.show', { id });
  }

  cancel(id: string): Promise<OrderView> {
    return this.ask('order.cancel', { id });
  }

  becomes(id: string, expected: Partial<OrderView>): Promise<OrderView> {
    return eventually(() => this.show(id), expected);
  }

  reserve(orderId: string): Promise<void> {
    return this.given('stock.reserved.v1', orderId, 1, { orderId, lines: [{ sku: 'KEYB-01', quantity: 1 }] });
  }

  capture(orderId: string): Promise<void> {
    return this.given('payment.captured.v1', uuidv7(), 1, {
      paymentId: uuidv7(),
      orderId,
      amountInCents: 9900,
      currency: 'USD',
      providerReference: 'pi_1',
    });
  }

  async confirmed(): Promise<string> {
    const { id } = await this.place();
    await this.reserve(id);
    await this.capture(id);
    await this.becomes(id, { status: 'confirmed' });
    return id;
  }

  /** The facts about an order, in stream order. */
  async factsOf(orderId: string): Promise<{ type: string; sequence: number; data: Record<string, unknown> }[]> {
    const { jetstream } = await this.app.get(BrokerConnection).opened;
    const consumer = await jetstream.consumers.get('EVENTS', { filter_subjects: 'shop.order.>' });
    const { num_pending } = await consumer.info();
    const facts: { type: string; sequence: number; data: Record<string, unknown> }[] = [];
    if (num_pending === 0) return facts;
    for await (const message of await consumer.fetch({ max_messages: num_pending, expires: 1_000 })) {
      const { headers } = message;
      if (headers?.get('ce-subject') !== orderId) continue;
      facts.push({ type: headers.get('ce-type'), sequence: Number(headers.get('ce-sequence')), data: message.json() });
    }
    return facts;
  }

  async typesOf(orderId: string): Promise<string[]> {
    return (await this.factsOf(orderId)).map(({ type }) => type);
  }
}
