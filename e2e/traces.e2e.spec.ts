import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, testCollector, type CollectedSpan, type TestCollector } from '@hookshop/testing';
import { jest } from '@jest/globals';
import { freePortBase } from '../tools/infrastructure/ports.mjs';
import { findServices } from '../tools/shop/services.mjs';
import { createShop, type Shop } from '../tools/shop/shop.mjs';
import { root } from '../tools/workspace/root.mjs';
import { ShopClient } from './shop-client.js';
import { named, ofStory, story, tree } from './story-in-spans.js';

// Boots a shop of its own, on machines that are busy with other specs.
jest.setTimeout(90_000);

const services = findServices(root)
  .filter(({ usesBroker }) => usesBroker)
  .map(({ name }) => name);

let collector: TestCollector;
let shop: Shop;
let client: ShopClient;

beforeAll(async () => {
  collector = await testCollector();
  shop = createShop({
    portBase: await freePortBase(),
    dataDir: await mkdtemp(join(tmpdir(), 'hookshop-traces-')),
    fsync: false,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=key-of-the-collector',
      STRIPE_TIMEOUT_MS: '3000', // More than a shop's first payment takes on a busy machine.
    },
  });
  await shop.start();
  client = new ShopClient(shop.description());
  await client.sandbox.partnerIsRegistered();
});
afterAll(async () => {
  await client?.close();
  await shop?.remove();
  await collector?.stop();
});

/** The spans of the trace in which an order was placed, as soon as these are among them. */
async function traceOf(order: { id: string }, wanted: (spans: CollectedSpan[]) => boolean): Promise<CollectedSpan[]> {
  return eventually(
    () => {
      const root = collector.spans.find(
        ({ name, attributes }) => name === 'POST /v1/orders' && attributes['hookshop.correlation_id'] === order.id,
      );
      return collector.spans.filter(({ traceId }) => traceId === root?.traceId);
    },
    wanted,
    { timeoutMs: 30_000 },
  );
}

describe('the trace of an order', () => {
  it('tells everything that its request led to, span by span, in one tree', async () => {
    // Otherwise the webhook may be faster than the answer, and is the one to tell that the payment was captured.
    await client.sandbox.behave('provider', { webhookNever: true, times: 1 });
    const order = await client.place();

    const spans = await traceOf(order, (found) => ofStory(found).length >= story.length);

    expect(tree(ofStory(spans))).toEqual(story);
    for (const { startedAt, endedAt, error, attributes } of spans) {
      expect({ error, took: endedAt - startedAt }).toEqual({ error: undefined, took: expect.any(Number) });
      expect(endedAt).toBeGreaterThanOrEqual(startedAt);
      expect(JSON.stringify(attributes)).not.toMatch(/@|Ada|Main St|pm_card|Bearer|sk_/);
    }
  });

  it('is of one order alone, however many were placed, charged and told of together', async () => {
    const orders = await Promise.all(Array.from({ length: 12 }, () => client.place()));
    for (const order of orders) {
      const spans = await traceOf(order, (found) => named(found, 'publish email.sent.v1').length === 1);

      expect(new Set(spans.flatMap(({ attributes }) => attributes['hookshop.correlation_id'] ?? []))).toEqual(
        new Set([order.id]),
      );
      for (const type of ['order.placed.v1', 'stock.reserved.v1', 'payment.captured.v1', 'order.confirmed.v1']) {
        expect(named(spans, `publish ${type}`)).toHaveLength(1);
      }
    }
  });

  it('has every attempt at the provider, also the one whose outcome nobody learnt', async () => {
    await client.sandbox.behave('provider', { timeoutAfterCharge: true, webhookNever: true, times: 1 });
    const order = await client.place();
    const spans = await traceOf(
      order,
      (found) =>
        named(found, 'charge-payments').length === 2 && named(found, 'publish payment.captured.v1').length === 1,
    );

    const attempts = named(spans, 'charge-payments');
    expect(
      attempts.map(({ attributes, error }) => [attributes['hookshop.attempt'], attributes['hookshop.outcome'], error]),
    ).toEqual([
      [1, 'unresolved', 'unresolved'],
      [2, 'captured', undefined],
    ]);
    const [captured] = named(spans, 'publish payment.captured.v1');
    expect(captured!.parentSpanId).toBe(attempts[1]!.spanId);
  });

  it('has every attempt at a webhook, however late', async () => {
    await client.sandbox.behave('partner', { mode: 'status', status: 503, times: 1 });
    const order = await client.place();
    const spans = await traceOf(order, (found) =>
      named(found, 'deliver-webhook').some(({ attributes }) => attributes['hookshop.attempt'] === 2),
    );

    const retried = named(spans, 'deliver-webhook').find(({ attributes }) => attributes['hookshop.attempt'] === 2)!;
    const attempts = named(spans, 'deliver-webhook').filter(
      ({ attributes }) => attributes['hookshop.delivery_id'] === retried.attributes['hookshop.delivery_id'],
    );
    expect(attempts.map(({ attributes, error }) => [attributes['http.response.status_code'], error])).toEqual([
      [503, 'http-status'],
      [expect.any(Number), undefined],
    ]);
    expect(new Set(attempts.map(({ parentSpanId }) => parentSpanId)).size).toBe(1);
  });

  it('goes on when the carrier tells of the parcel, and is linked to the trace of its webhook', async () => {
    const order = await client.place();
    await client.sandbox.pickUp(await client.sandbox.parcelThat(order, 'booked'));
    const spans = await traceOf(order, (found) =>
      [
        'publish shipment.dispatched.v1',
        'book-shipment-when-order-confirmed',
        'ship-order-when-shipment-dispatched',
      ].every((name) => named(found, name).length === 1),
    );

    const [dispatched] = named(spans, 'publish shipment.dispatched.v1');
    const [booked] = named(spans, 'book-shipment-when-order-confirmed');
    expect(dispatched!.parentSpanId).toBe(booked!.spanId);
    expect(named(spans, 'POST /hooks/:source')).toEqual([]);

    const [heard] = await eventually(
      () => collector.spans.filter(({ traceId, spanId }) => dispatched!.links.includes(`${traceId}-${spanId}`)),
      ({ length }) => length === 1,
    );
    expect(heard).toMatchObject({ service: 'shipping', kind: 'consumer' });
    const hook = await eventually(
      () => collector.spans.filter(({ traceId }) => traceId === heard!.traceId),
      (found) => found.some(({ parentSpanId }) => parentSpanId === undefined),
    );
    expect(hook.find(({ parentSpanId }) => parentSpanId === undefined)).toMatchObject({ name: 'POST /hooks/:source' });
  });

  it("is the caller's own, and what it does not want recorded is recorded", async () => {
    const traceId = randomUUID().replaceAll('-', '');
    const traceparent = `00-${traceId}-00f067aa0ba902b7-00`;
    const { body: order } = await client.call<{ id: string }>('GET', '/v1/products', { headers: { traceparent } });
    expect(order).toBeDefined();

    const [asked] = await eventually(
      () => collector.spans.filter((span) => span.traceId === traceId && span.name === 'GET /v1/products'),
      ({ length }) => length === 1,
    );
    expect(asked).toMatchObject({ service: 'gateway', kind: 'server', parentSpanId: '00f067aa0ba902b7' });
  });

  it('has no part of a third party in it, and tells nobody outside of it', async () => {
    expect(collector.spans.filter(({ service }) => !services.includes(service))).toEqual([]);
    expect(collector.headers['x-collector-key']).toBe('key-of-the-collector');
  });
});

describe('the log', () => {
  type Line = Record<string, unknown> & { level: string; msg: string };
  const linesOf = async (service: string): Promise<Line[]> =>
    (await readFile(shop.logFile(service), 'utf8'))
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Line);

  it('has one line for every message that a reaction handled, with its trace and its order', async () => {
    const order = await client.place();
    const spans = await traceOf(order, (found) => named(found, 'ship-parcels').length === 1);
    const { traceId } = spans[0]!;

    const handled = (await linesOf('order')).filter(
      ({ correlationId, reaction }) => correlationId === order.id && reaction,
    );
    expect(handled.map(({ reaction }) => reaction)).toEqual([
      'order-request-payment-when-stock-reserved',
      'order-confirm-order-when-payment-captured',
    ]);
    for (const line of handled) {
      expect(line).toMatchObject({ level: 'info', msg: 'Fact handled', outcome: 'handled', traceId, deliveries: 1 });
      expect(line).toMatchObject({
        eventId: expect.any(String),
        eventType: expect.any(String),
        durationMs: expect.any(Number),
      });
    }
  });

  it('has one line for every attempt at something outside', async () => {
    await client.sandbox.behave('provider', { timeoutAfterCharge: true, webhookNever: true, times: 1 });
    const order = await client.place();
    await client.becomes(order, { status: 'confirmed' });
    const worked = async (service: string): Promise<Line[]> =>
      (await linesOf(service)).filter(({ work, orderId }) => work && orderId === order.id);

    expect(
      await eventually(
        () => worked('payment'),
        ({ length }) => length === 2,
      ),
    ).toMatchObject([
      { level: 'warn', work: 'charge-payments', attempt: 1, outcome: 'unresolved', correlationId: order.id },
      { level: 'info', work: 'charge-payments', attempt: 2, outcome: 'captured', correlationId: order.id },
    ]);
    expect(
      await eventually(
        () => worked('email'),
        ({ length }) => length === 1,
      ),
    ).toMatchObject([
      {
        level: 'info',
        work: 'send-emails',
        attempt: 1,
        outcome: 'sent',
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      },
    ]);
    const delivered = await eventually(
      async () =>
        (await linesOf('gateway')).filter(
          ({ msg, correlationId }) => msg === 'Webhook attempted' && correlationId === order.id,
        ),
      ({ length }) => length >= 5,
    );
    expect(delivered[0]).toMatchObject({ attempt: 1, outcome: 'delivered', endpointId: expect.any(String) });
  });

  it('holds nothing that a customer wrote and no secret, also where something fails', async () => {
    const written = [
      'Zaphod Beeblebrox',
      'zaphod@heartofgold.example',
      '42 Improbability Drive',
      'Betelgeuse',
      'ZB-98765',
    ];
    const [name, email, line1, city, postalCode] = written;
    const placing = (method: string) => ({
      key: client.shop.keys.shop,
      headers: { 'idempotency-key': `idem-${randomUUID()}` },
      body: {
        customer: { email, name },
        lines: [{ sku: 'KEYB-01', quantity: 1 }],
        payment: { method },
        shippingAddress: { line1, city, postalCode, country: 'US' },
      },
    });
    await client.query('crm', `ALTER TABLE customers ADD CONSTRAINT provoked CHECK (email <> '${email}')`);
    await client.sandbox.behave('partner', { mode: 'status', status: 500, times: 2 });
    const [paid, declined] = await Promise.all(
      ['pm_card_visa', 'pm_card_chargeDeclined'].map((method) =>
        client.call<{ id: string }>('POST', '/v1/orders', placing(method)),
      ),
    );
    await client.call('POST', '/v1/orders', { ...placing('pm_card_visa'), key: 'sk_of_a_stranger' });
    await client.call('POST', '/v1/orders', { ...placing('x'.repeat(2_000)), headers: {} });
    await client.becomes(paid!.body, { status: 'confirmed' });
    await client.becomes(declined!.body, { status: 'cancelled' });
    await eventually(async () =>
      (await linesOf('crm')).some(({ outcome, err }) => outcome === 'again' && err !== undefined),
    );
    await client.query('crm', 'ALTER TABLE customers DROP CONSTRAINT provoked');
    await eventually(
      async () => (await linesOf('email')).filter(({ orderId }) => orderId === paid!.body.id).length > 0,
    );
    await client.rest();

    const secrets = [
      ...Object.values(client.shop.keys),
      'sk_of_a_stranger',
      'key-of-the-collector',
      'pm_card_',
      'idem-',
    ];
    const passwords = Object.values(client.shop.databases).map((url) => new URL(url).password);
    const { natsUrl } = client.shop;
    const unwanted = [...written, ...secrets, ...passwords, new URL(natsUrl!).password].filter((text) => text !== '');
    for (const service of services) {
      const log = await readFile(shop.logFile(service), 'utf8');
      expect({ service, found: unwanted.filter((text) => log.includes(text!)) }).toEqual({ service, found: [] });
    }
  });
});
