import { ServiceConfig } from '@hookshop/config';
import { productRequests, type Page, type ProductView, type Quote } from '@hookshop/contracts';
import { startService } from '@hookshop/http';
import { Requests } from '@hookshop/messaging';
import { eventually, testBroker, testDatabase } from '@hookshop/testing';
import { InventoryModule } from './inventory.module.js';
import { MOST_IN_WAREHOUSE } from './product.js';
import { ReserveStockWhenOrderPlaced } from './reactions/reserve-stock-when-order-placed.js';
import { placed } from './testing/order-facts.js';
import { testConfig, TestInventory } from './testing/start-inventory.js';

describe('products, asked for over NATS', () => {
  let broker: Awaited<ReturnType<typeof testBroker>>;
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let inventory: TestInventory;

  beforeAll(async () => {
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    const config = testConfig(database.url, broker.url);
    const module = (c: ServiceConfig) => InventoryModule.register(c);
    const app = await startService({ service: 'inventory', config: ServiceConfig, module }, config);
    inventory = await new TestInventory(app).keepStated();
    await eventually(() => ask(productRequests.show, { sku: 'KEYB-01' }));
  });

  afterAll(async () => {
    await inventory.stop();
    await broker.stop();
    await database.drop();
  });

  beforeEach(() => database.query('DELETE FROM stated'));

  const ask = <R>(subject: string, body: object): Promise<R> => inventory.app.get(Requests).ask<R>(subject, body);
  const refusal = (subject: string, body: object): Promise<unknown> =>
    ask(subject, body).then(
      (answer) => answer,
      (error: { refusal: unknown }) => error.refusal,
    );

  it('lists them by SKU, page by page', async () => {
    const first = await ask<Page<ProductView>>(productRequests.list, { limit: 7 });
    const second = await ask<Page<ProductView>>(productRequests.list, { limit: 7, cursor: first.nextCursor });

    const skus = [...first.data, ...second.data].map(({ sku }) => sku);
    expect(skus).toHaveLength(12);
    expect(skus).toEqual([...new Set(skus)].sort());
    expect(first.nextCursor).toBe(first.data.at(-1)!.sku);
    expect(second.nextCursor).toBeNull();
    expect(await refusal(productRequests.list, { limit: 101 })).toMatchObject({ status: 400 });
  });

  it('shows what is sellable and what is set aside', async () => {
    await inventory.react(ReserveStockWhenOrderPlaced, placed({ 'CHAIR-01': 3 }));

    expect(await ask(productRequests.show, { sku: 'CHAIR-01' })).toEqual({
      sku: 'CHAIR-01',
      name: 'Ergonomic chair',
      priceInCents: 44_900,
      currency: 'USD',
      available: 4_997,
      reserved: 3,
    });
  });

  it.each(['NEVER-01', '', 'a b', 'x\0y', 'x'.repeat(80), "'; DROP TABLE products; --"])(
    'knows no product %j',
    async (sku) => {
      const unknown = { status: 404, detail: `There is no product ${sku.slice(0, 64)}.` };
      expect(await refusal(productRequests.show, { sku })).toEqual(unknown);
      expect(await refusal(productRequests.restock, { sku, quantity: 1 })).toEqual(unknown);
      expect(await refusal(productRequests.changePrice, { sku, priceInCents: 1 })).toEqual(unknown);
    },
  );

  it.each([
    [productRequests.show, { sku: 7 }, 'sku'],
    [productRequests.restock, { sku: 'DESK-01', quantity: 0 }, 'quantity'],
    [productRequests.restock, { sku: 'DESK-01', quantity: 1.5 }, 'quantity'],
    [productRequests.restock, { sku: 'DESK-01', quantity: 1_000_001 }, 'quantity'],
    [productRequests.changePrice, { sku: 'DESK-01', priceInCents: -1 }, 'priceInCents'],
    [productRequests.changePrice, { sku: 'DESK-01', priceInCents: '5' }, 'priceInCents'],
    [productRequests.quote, { skus: 'DESK-01' }, 'skus'],
    [productRequests.quote, { skus: ['x\0y'] }, 'skus'],
    [productRequests.quote, { skus: Array.from({ length: 101 }, () => 'DESK-01') }, 'skus'],
  ])('%s refuses %j', async (subject, body, path) => {
    expect(await refusal(subject, body)).toMatchObject({
      status: 400,
      errors: expect.arrayContaining([expect.objectContaining({ path })]),
    });
    expect(await inventory.stock('DESK-01')).toMatchObject({ available: 2_000, version: 1 });
  });

  it('restocks, also while orders take from it', async () => {
    await inventory.list('BUSY-01', 100);

    await Promise.all(
      Array.from({ length: 10 }, async () => {
        await inventory.react(ReserveStockWhenOrderPlaced, placed({ 'BUSY-01': 2 }));
        await ask(productRequests.restock, { sku: 'BUSY-01', quantity: 3 });
      }),
    );

    expect(await inventory.stock('BUSY-01')).toEqual({
      available: 110,
      reserved: 20,
      committed: 0,
      received: 130,
      version: 21,
    });
  });

  it.each([
    ['available below zero', 'available = -1, received = received - available - 1'],
    ['reserved below zero', 'reserved = -1, received = received - 1'],
    ['committed below zero', 'committed = -1, received = received - 1'],
    ['a piece lost', 'available = available - 1'],
  ])('are kept from %s by the database itself', async (_, change) => {
    await expect(database.query(`UPDATE products SET ${change} WHERE sku = 'DESK-01'`)).rejects.toMatchObject({
      code: '23514',
    });
  });

  it('takes no more than the warehouse holds', async () => {
    await inventory.list('FULL-01', MOST_IN_WAREHOUSE);

    expect(await refusal(productRequests.restock, { sku: 'FULL-01', quantity: 1 })).toEqual({
      status: 422,
      detail: 'The warehouse holds 1000000000 of FULL-01 and takes 1000000000 at most, not 1 more.',
    });
    expect(await inventory.stock('FULL-01')).toMatchObject({ received: MOST_IN_WAREHOUSE, version: 1 });
  });

  it('states a new price with the old one, and nothing when the price is the same', async () => {
    const answer = await ask(productRequests.changePrice, { sku: 'STAND-01', priceInCents: 4_400 });
    await ask(productRequests.changePrice, { sku: 'STAND-01', priceInCents: 4_400 });

    expect(answer).toMatchObject({ sku: 'STAND-01', priceInCents: 4_400 });
    expect(await inventory.stated()).toEqual([
      {
        type: 'product.price-changed.v1',
        subject: 'STAND-01',
        sequence: 2,
        data: { sku: 'STAND-01', priceInCents: 4_400, previousPriceInCents: 5_900, currency: 'USD' },
      },
    ]);
  });

  it('gives prices that are changed at the same time one order', async () => {
    const prices = [100, 200, 300, 400, 500, 600];

    await Promise.all(prices.map((priceInCents) => ask(productRequests.changePrice, { sku: 'LAMP-01', priceInCents })));

    const stated = (await inventory.stated()).sort((a, b) => a.sequence - b.sequence);
    expect(stated.map(({ sequence }) => sequence)).toEqual([2, 3, 4, 5, 6, 7]);
    const before = stated.map(({ data }) => data['previousPriceInCents']);
    expect(before.slice(1)).toEqual(stated.slice(0, -1).map(({ data }) => data['priceInCents']));
  });

  it('quotes the products it knows, with the version that says how new a price is', async () => {
    await ask(productRequests.changePrice, { sku: 'WEBCAM-01', priceInCents: 7_000 });

    const { products } = await ask<{ products: Quote[] }>(productRequests.quote, {
      skus: ['WEBCAM-01', 'NEVER-01', 'DOCK-01'],
    });

    expect(products).toEqual([
      { sku: 'DOCK-01', name: 'USB-C docking station', priceInCents: 18_900, currency: 'USD', version: 1 },
      { sku: 'WEBCAM-01', name: 'Full HD webcam', priceInCents: 7_000, currency: 'USD', version: 2 },
    ]);
  });

  it('restates every product as it is now, however many there are', async () => {
    await database.query(
      `INSERT INTO products (sku, name, price_in_cents, currency, received, available, listed_at)
       SELECT 'MANY-' || n, 'One of many', n, 'USD', 0, 0, now() FROM generate_series(1, 1200) n`,
    );
    await ask(productRequests.changePrice, { sku: 'CABLE-01', priceInCents: 1_500 });
    const [{ count }] = (await database.query('SELECT count(*)::int AS count FROM products')) as [{ count: number }];

    expect(await ask(productRequests.restate, {})).toEqual({ restated: count });

    const listed = (await inventory.stated()).filter(({ type }) => type === 'product.listed.v1');
    expect(new Set(listed.map(({ subject }) => subject)).size).toBe(count);
    expect(listed.find(({ subject }) => subject === 'CABLE-01')).toMatchObject({
      sequence: 2,
      data: { priceInCents: 1_500 },
    });
  });
});
