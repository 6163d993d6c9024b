import { jest } from '@jest/globals';
import { eventually, testBroker, testDatabase, type TestBroker, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { FarSide } from './testing/far-side.js';
import { orderBody, orderView } from './testing/orders.js';
import { startGateway, type TestGateway } from './testing/test-gateway.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

describe('the gateway while the broker is away', () => {
  let broker: TestBroker;
  let database: TestDatabase;
  let gateway: TestGateway;

  beforeAll(async () => {
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    await broker.kill();
    gateway = await startGateway({ natsUrl: broker.url, databaseUrl: database.url });
  });

  afterAll(async () => {
    await gateway.stop();
    await broker.stop();
    await database.drop();
  });

  const id = uuidv7();

  it('has booted and is ready, and tells that the broker is away', async () => {
    const response = await gateway.fetch('/readyz', { as: null });

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ checks: { database: { ok: true }, broker: { ok: false } } });
  });

  it.each<[string, Parameters<TestGateway['fetch']>[1]]>([
    ['/v1/orders', { body: orderBody() }],
    ['/v1/orders', { body: orderBody(), headers: { 'idempotency-key': 'while away' } }],
    ['/v1/orders', {}],
    [`/v1/orders/${id}`, {}],
    [`/v1/orders/${id}/timeline`, {}],
    [`/v1/orders/${id}/cancel`, { method: 'POST' }],
    ['/v1/products', {}],
    ['/v1/customers', {}],
    ['/v1/events/stream', {}],
    ['/v1/dead-letters', { as: 'admin' }],
    ['/v1/dead-letters?service=order', { as: 'admin' }],
    [`/v1/dead-letters/${id}`, { as: 'admin' }],
    ['/v1/consumers', { as: 'admin' }],
  ])('answers 503 with Retry-After to %s %j', async (path, call) => {
    const response = await gateway.fetch(path, call);

    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });

  it('still refuses what it would refuse anyway', async () => {
    expect((await gateway.fetch('/v1/orders', { body: {} })).status).toBe(400);
    expect((await gateway.fetch('/v1/orders/1')).status).toBe(404);
    expect((await gateway.fetch('/v1/orders', { as: null })).status).toBe(401);
  });

  it('still makes keys', async () => {
    expect((await gateway.fetch('/v1/api-keys', { as: 'admin', body: { role: 'shop', name: 'x' } })).status).toBe(201);
  });

  it('places the order under the id that was fixed meanwhile, once the broker is back', async () => {
    const rows = await database.query<{ order_id: string }>('SELECT order_id FROM idempotency_keys');
    await broker.restart();
    const farSide = await FarSide.join(broker.url);
    await farSide.answer('order.place', ({ orderId }) => orderView(orderId as string));

    const place = () =>
      gateway.fetch('/v1/orders', { body: orderBody(), headers: { 'idempotency-key': 'while away' } });
    const response = await eventually(place, ({ status }) => status === 201);

    expect(rows).toHaveLength(1);
    expect(await response.json()).toMatchObject({ id: rows[0]!.order_id });
    expect(farSide.bodiesOf('order.place')).toHaveLength(1);
    await farSide.close();
  });
});
