import { jest } from '@jest/globals';
import { eventually, testBroker, testDatabase, type TestBroker, type TestDatabase } from '@hookshop/testing';
import { FarSide, Refused } from '../testing/far-side.js';
import { orderView } from '../testing/orders.js';
import { startGateway, type TestGateway } from '../testing/test-gateway.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

/** What lies behind the door is asked over the wire, and its answers and refusals come back as HTTP says them. */
describe('routes that ask a service', () => {
  let broker: TestBroker;
  let database: TestDatabase;
  let gateway: TestGateway;
  let farSide: FarSide;
  const id = '01980000-0000-7000-8000-000000000001';

  beforeAll(async () => {
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    farSide = await FarSide.join(broker.url);
    gateway = await startGateway({ natsUrl: broker.url, databaseUrl: database.url });
    await farSide.answer('order.show', () => orderView(id));
    await eventually(
      async () => (await gateway.fetch(`/v1/orders/${id}`)).status,
      (status) => status === 200,
    );
  });

  beforeEach(() => (farSide.asked.length = 0));

  afterAll(async () => {
    await gateway.stop();
    await farSide.close();
    await broker.stop();
    await database.drop();
  });

  const restock = { method: 'POST', as: 'admin', body: { quantity: 5 } } as const;
  const changePrice = { method: 'PATCH', as: 'admin', body: { priceInCents: 100 } } as const;

  it.each<[string, Parameters<TestGateway['fetch']>[1], string, object, number]>([
    [
      '/v1/orders?limit=5&email=ada@example.com&status=placed',
      {},
      'order.list',
      { limit: 5, email: 'ada@example.com', status: 'placed' },
      200,
    ],
    [`/v1/orders/${id}`, {}, 'order.show', { id }, 200],
    [`/v1/orders/${id.toUpperCase()}`, {}, 'order.show', { id }, 200],
    [`/v1/orders/${id}/cancel`, { method: 'POST' }, 'order.cancel', { id }, 202],
    ['/v1/products', {}, 'inventory.list-products', { limit: 20 }, 200],
    ['/v1/products?cursor=KEYB-01', {}, 'inventory.list-products', { limit: 20, cursor: 'KEYB-01' }, 200],
    ['/v1/products/KEYB-01', {}, 'inventory.show-product', { sku: 'KEYB-01' }, 200],
    ['/v1/products/KEYB-01', changePrice, 'inventory.change-price', { sku: 'KEYB-01', priceInCents: 100 }, 200],
    ['/v1/products/KEYB-01/restock', restock, 'inventory.restock', { sku: 'KEYB-01', quantity: 5 }, 200],
    ['/v1/customers?email=ada@example.com', {}, 'crm.list-customers', { limit: 20, email: 'ada@example.com' }, 200],
    [`/v1/customers/${id}`, {}, 'crm.show-customer', { id }, 200],
    [
      `/v1/customers/${id}/interactions?limit=3&cursor=${id}`,
      {},
      'crm.list-interactions',
      { id, limit: 3, cursor: id },
      200,
    ],
  ])('%s asks once and passes on the answer', async (path, call, subject, body, status) => {
    await farSide.answer(subject, () => ({ answer: 'of the service' }));
    const response = await gateway.fetch(path, call);

    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ answer: 'of the service' });
    expect(farSide.asked).toEqual([{ subject, body }]);
  });

  it.each([404, 409, 422])('passes on a refusal with %d', async (status) => {
    await farSide.answer('order.cancel', () => new Refused({ status, detail: 'The service said why.' }));
    const response = await gateway.fetch(`/v1/orders/${id}/cancel`, { method: 'POST' });

    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({ status, detail: 'The service said why.' });
  });

  it.each([
    ['/v1/orders/not-an-id'],
    ['/v1/orders/not-an-id/timeline'],
    ['/v1/orders/not-an-id/cancel', { method: 'POST' }],
    ['/v1/customers/1'],
    ['/v1/customers/1/interactions'],
    ['/v1/products/%20'],
    [`/v1/products/${'x'.repeat(65)}`],
    [`/v1/products/${'x'.repeat(2_000)}`],
    ['/v1/api-keys/1', { method: 'DELETE', as: 'admin' }],
    ['/v1/dead-letters/1', { as: 'admin' }],
    ['/v1/dead-letters/1', { method: 'DELETE', as: 'admin' }],
    ['/v1/dead-letters/1/redrive', { method: 'POST', as: 'admin' }],
  ] as [string, object?][])('%s: what cannot be an id does not exist', async (path, call = {}) => {
    expect((await gateway.fetch(path, call)).status).toBe(404);
    expect(farSide.asked).toEqual([]);
  });

  it.each([
    '/v1/orders?limit=0',
    '/v1/orders?limit=101',
    '/v1/orders?limit=ten',
    '/v1/orders?limit=1&limit=2',
    '/v1/orders?cursor=x',
    '/v1/orders?status=lost',
    '/v1/orders?email=nobody',
    '/v1/orders?sort=asc',
    '/v1/products?cursor=%00',
    '/v1/customers?cursor=x',
    `/v1/customers/${id}/interactions?cursor=x`,
    `/v1/orders/${id}/timeline?cursor=x`,
  ])('%s answers 400, naming the parameter', async (path) => {
    const response = await gateway.fetch(path);

    expect(response.status).toBe(400);
    const { errors } = (await response.json()) as { errors: { path: string }[] };
    expect(errors[0]!.path).toBe(/[?&](\w+)/.exec(path)![1]);
    expect(farSide.asked).toEqual([]);
  });

  it.each([
    ['/v1/products/KEYB-01/restock', 'POST', { quantity: 0 }],
    ['/v1/products/KEYB-01/restock', 'POST', { quantity: 1, sku: 'MOUSE-01' }],
    ['/v1/products/KEYB-01', 'PATCH', { priceInCents: -1 }],
    ['/v1/products/KEYB-01', 'PATCH', { priceInCents: 10.5 }],
    ['/v1/products/KEYB-01', 'PATCH', {}],
  ])('%s answers 400 to %s %j', async (path, method, body) => {
    expect((await gateway.fetch(path, { as: 'admin', method, body })).status).toBe(400);
    expect(farSide.asked).toEqual([]);
  });

  it('answers 503 with Retry-After while the service is away', async () => {
    await farSide.leave('inventory.list-products');
    const response = await gateway.fetch('/v1/products');

    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
  });

  it('says how to find out when a change was not answered in time', async () => {
    await farSide.answer('inventory.restock', () => undefined);
    const response = await gateway.fetch('/v1/products/KEYB-01/restock', restock);

    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({
      detail: expect.stringContaining('Look at GET /v1/products/KEYB-01') as string,
    });
  });

  it('answers 405 to a method that an address does not take, and 404 to an unknown address', async () => {
    const wrong = await gateway.fetch('/v1/orders', { method: 'DELETE' });

    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, expect.stringContaining('POST')]);
    expect((await gateway.fetch('/v1/nothing')).status).toBe(404);
  });
});
