import { randomUUID } from 'node:crypto';
import { eventually, type TestCollector } from '@hookshop/testing';
import { jest } from '@jest/globals';
import { reactingServices } from './services.js';
import type { ShopClient } from './shop-client.js';
import { named } from './story-in-spans.js';
import { type Line, TracedShop } from './traced-shop.js';

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

describe('the log', () => {
  const linesOf = (service: string): Promise<Line[]> => traced.linesOf(service);

  it('has one line for every message that a reaction handled, with its trace and its order', async () => {
    const order = await client.place();
    const spans = await traced.traceOf(order, (found) => named(found, 'ship-parcels').length === 1);
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

  it('is at the collector too, line by line as stdout has it, each in the span that it tells of', async () => {
    const order = await client.place();
    const spans = await traced.traceOf(order, (found) => named(found, 'publish email.sent.v1').length === 1);
    const { traceId } = spans[0]!;
    const wanted = ['Fact handled', 'Outside work done', 'Webhook attempted'];
    const ofTrace = () => collector.lines.filter((line) => line.traceId === traceId && wanted.includes(line.message));
    const told = await eventually(ofTrace, (found) =>
      wanted.every((text) => found.some((line) => line.message === text)),
    );

    for (const { service, severity, spanId, message, fields } of told) {
      const written = (await linesOf(service)).filter((line) => line['traceId'] === traceId);
      expect(written).toContainEqual(expect.objectContaining({ level: severity.text, msg: message, ...fields }));
      const span = await eventually(
        () => collector.spans.find((found) => found.traceId === traceId && found.spanId === spanId),
        (found) => found !== undefined,
      );
      const name = fields['reaction'] ?? fields['work'] ?? 'deliver-webhook';
      expect([span!.name, `${service}-${span!.name}`]).toContain(name);
    }
    expect(collector.lines.filter(({ service }) => !reactingServices.includes(service))).toEqual([]);
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
    for (const service of reactingServices) {
      const log = await traced.logOf(service);
      expect({ service, found: unwanted.filter((text) => log.includes(text!)) }).toEqual({ service, found: [] });
    }
    const sent = JSON.stringify(collector.lines);
    expect(unwanted.filter((text) => sent.includes(text!))).toEqual([]);
  });
});
