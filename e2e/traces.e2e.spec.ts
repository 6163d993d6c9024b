import { randomUUID } from 'node:crypto';
import { eventually, type TestCollector } from '@hookshop/testing';
import { jest } from '@jest/globals';
import { reactingServices } from './services.js';
import type { ShopClient } from './shop-client.js';
import { named, ofStory, story, tree } from './story-in-spans.js';
import { TracedShop } from './traced-shop.js';

// Boots a shop of its own, on machines that are busy with other specs.
jest.setTimeout(90_000);

let traced: TracedShop;
let client: ShopClient;
let collector: TestCollector;

beforeAll(async () => {
  traced = await TracedShop.start();
  ({ client, collector } = traced);
});
afterAll(() => traced?.stop());

describe('the trace of an order', () => {
  it('tells everything that its request led to, span by span, in one tree', async () => {
    // Otherwise the webhook may be faster than the answer, and is the one to tell that the payment was captured.
    await client.sandbox.behave('provider', { webhookNever: true, times: 1 });
    const order = await client.place();

    const spans = await traced.traceOf(order, (found) => ofStory(found).length >= story.length);

    expect(tree(ofStory(spans))).toEqual(story);
    for (const { startedAt, endedAt, error, attributes } of spans) {
      expect({ error, took: endedAt - startedAt }).toEqual({ error: undefined, took: expect.any(Number) });
      expect(endedAt).toBeGreaterThanOrEqual(startedAt);
      expect(JSON.stringify(attributes)).not.toMatch(/@|Ada|Main St|pm_card|Bearer|sk_/);
    }
  });

  it('is of one order alone, however many were placed, charged and told of together', async () => {
    const orders = await Promise.all(Array.from({ length: 12 }, () => client.place()));
    const facts = ['order.placed', 'stock.reserved', 'payment.captured', 'order.confirmed', 'email.sent'];
    for (const order of orders) {
      // Each service sends its spans when it has the time to: the last of them need not come last.
      const spans = await traced.traceOf(order, (found) =>
        facts.every((fact) => named(found, `publish ${fact}.v1`).length > 0),
      );

      expect(new Set(spans.flatMap(({ attributes }) => attributes['hookshop.correlation_id'] ?? []))).toEqual(
        new Set([order.id]),
      );
      for (const fact of facts) expect(named(spans, `publish ${fact}.v1`)).toHaveLength(1);
    }
  });

  it('has every attempt at the provider, also the one whose outcome nobody learnt', async () => {
    await client.sandbox.behave('provider', { timeoutAfterCharge: true, webhookNever: true, times: 1 });
    const order = await client.place();
    const spans = await traced.traceOf(
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
    const spans = await traced.traceOf(order, (found) =>
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
    const spans = await traced.traceOf(order, (found) =>
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
    expect(collector.spans.filter(({ service }) => !reactingServices.includes(service))).toEqual([]);
    expect(collector.headers['x-collector-key']).toBe('key-of-the-collector');
  });
});
