import { jest } from '@jest/globals';
import { BrokerConnection } from '@hookshop/messaging';
import { testBroker, testDatabase, type TestBroker, type TestDatabase } from '@hookshop/testing';
import { FarSide } from '../../testing/far-side.js';
import { orderBody, orderView } from '../../testing/orders.js';
import { startGateway, type TestGateway } from '../../testing/test-gateway.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

describe('placing what is not an order', () => {
  let broker: TestBroker;
  let database: TestDatabase;
  let gateway: TestGateway;
  let farSide: FarSide;

  beforeAll(async () => {
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    farSide = await FarSide.join(broker.url);
    gateway = await startGateway({ natsUrl: broker.url, databaseUrl: database.url });
    await gateway.app.get(BrokerConnection).opened;
  });

  beforeEach(async () => {
    farSide.asked.length = 0;
    await farSide.answer('order.place', (body) => orderView(body['orderId'] as string));
  });

  afterAll(async () => {
    await gateway.stop();
    await farSide.close();
    await broker.stop();
    await database.drop();
  });

  const place = (body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    gateway.fetch('/v1/orders', { body, headers });
  const line = { sku: 'KEYB-01', quantity: 1 };
  const body = orderBody();

  it.each<[string, unknown, string]>([
    ['no customer', { ...body, customer: undefined }, 'customer'],
    ['a customer that is text', { ...body, customer: 'Ada' }, 'customer'],
    ['an address without @', { ...body, customer: { email: 'ada', name: 'Ada' } }, 'customer.email'],
    ['a name with a line break', { ...body, customer: { email: 'a@b.co', name: 'A\nBcc: x' } }, 'customer.name'],
    ['no lines', { ...body, lines: [] }, 'lines'],
    ['a customer that is a list', { ...body, customer: [] }, 'customer'],
    ['no payment', { ...body, payment: undefined }, 'payment'],
    ['a line that is a list', { ...body, lines: [[line]] }, 'lines'],
    ['a line that is null', { ...body, lines: [null] }, 'lines'],
    ['quantity zero', { ...body, lines: [{ ...line, quantity: 0 }] }, 'lines.0.quantity'],
    ['a fractional quantity', { ...body, lines: [{ ...line, quantity: 1.5 }] }, 'lines.0.quantity'],
    ['a quantity as text', { ...body, lines: [{ ...line, quantity: '1' }] }, 'lines.0.quantity'],
    ['too large a quantity', { ...body, lines: [{ ...line, quantity: 1_000_001 }] }, 'lines.0.quantity'],
    ['an unknown property', { ...body, discount: 100 }, 'discount'],
    ['an unknown nested property', { ...body, lines: [{ ...line, price: 0 }] }, 'lines.0.price'],
    ['an order id of its own', { ...body, orderId: '01980000-0000-7000-8000-000000000000' }, 'orderId'],
    [
      'a country that is none',
      { ...body, shippingAddress: { ...body.shippingAddress, country: 'XX' } },
      'shippingAddress.country',
    ],
    ['101 lines', { ...body, lines: Array.from({ length: 101 }, () => line) }, 'lines'],
  ])('answers 400 to %s, naming the place', async (_, sent, path) => {
    const response = await place(sent);
    const problem = (await response.json()) as { errors: { path: string }[] };

    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(problem.errors[0]!.path).toMatch(new RegExp(`^${path}`));
    expect(farSide.asked).toEqual([]);
  });

  it('takes null for an address without a second line', async () => {
    await place({ ...body, shippingAddress: { ...body.shippingAddress, line2: null } });

    expect(farSide.asked).toHaveLength(1);
    expect(JSON.stringify(farSide.asked[0])).not.toContain('line2');
  });

  it('answers 400 to 10,000 lines before it costs anything', async () => {
    const huge = { ...body, lines: Array.from({ length: 10_000 }, () => line) };
    const before = process.cpuUsage();
    const response = await place(huge);

    expect(response.status).toBe(400);
    // Of the processor's time: the clock would tell how busy the machine is.
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(500);
  });

  it.each(['{"customer":', '[]', '"order"', 'null', ''])('answers 400 to %j', async (text) => {
    expect((await place(text)).status).toBe(400);
  });

  it('answers 413 to five megabytes', async () => {
    const response = await place({ ...body, note: 'x'.repeat(5 * 1024 * 1024) });

    expect(response.status).toBe(413);
  });

  it('answers 415 to what is not JSON', async () => {
    const response = await gateway.fetch('/v1/orders', {
      body: '<order/>',
      headers: { 'content-type': 'application/xml' },
    });

    expect(response.status).toBe(415);
  });

  it('leaves the key unused', async () => {
    await place({ ...body, lines: [] }, { 'idempotency-key': 'unused' });

    expect(await database.query('SELECT FROM idempotency_keys')).toEqual([]);
  });
});
