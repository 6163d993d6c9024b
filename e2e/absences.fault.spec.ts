import { eventually } from '@hookshop/testing';
import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePortBase } from '../tools/infrastructure/ports.mjs';
import { broken, checkInvariants } from '../tools/shop/invariants.mjs';
import { createShop, type Shop } from '../tools/shop/shop.mjs';
import { reactingServices } from './services.js';
import { ShopClient } from './shop-client.js';

describe('while something is away', () => {
  let shop: Shop;
  let client: ShopClient;

  beforeAll(async () => {
    shop = createShop({
      portBase: await freePortBase(),
      dataDir: await mkdtemp(join(tmpdir(), 'hookshop-absences-')),
      fsync: false,
    });
    await shop.start();
    client = new ShopClient(shop.description());
  });

  afterAll(async () => {
    await client?.close();
    await shop?.remove();
  });

  const readiness = async (service: string): Promise<number> => (await fetch(`${shop.url(service)}/readyz`)).status;
  const orders = async (email: string): Promise<number> =>
    (await client.get<{ data: unknown[] }>(`/v1/orders?email=${email}`)).data.length;
  const addsUp = (): Promise<string[]> =>
    eventually(
      async () => broken(await checkInvariants(client.shop)),
      (failures) => failures.length === 0,
      { timeoutMs: 60_000 },
    );

  it('order: 503 with Retry-After, and the retry with the same key places the order once', async () => {
    const order = { idempotencyKey: randomUUID(), email: `${randomUUID()}@example.com` };
    await shop.kill('order');

    const refused = await client.tryPlacing(order);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await shop.restart('order');
    const placed = await eventually(
      () => client.tryPlacing(order),
      ({ status }) => status === 201,
    );
    const replayed = await client.tryPlacing(order);

    expect(replayed).toMatchObject({ status: 201, body: placed.body });
    expect(replayed.headers.get('idempotent-replayed')).toBe('true');
    await client.becomes(placed.body, { status: 'confirmed' });
    expect(await orders(order.email)).toBe(1);
  });

  it('nats: readiness is red, orders get 503, and what was accepted waits in the outbox and finishes later', async () => {
    const accepted = await client.place({ payment: 'pm_card_visa' });
    await shop.kill('nats');
    await eventually(
      () => readiness('order'),
      (status) => status === 503,
    );
    // The gateway takes webhooks without the broker.
    expect(await readiness('gateway')).toBe(200);

    const refused = await client.tryPlacing();
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).not.toBeNull();
    await shop.restart('nats');

    await client.becomes(accepted, { status: 'confirmed' });
    await eventually(
      () => readiness('order'),
      (status) => status === 200,
    );
    expect(await addsUp()).toEqual([]);
  });

  it('postgres: readiness is red, requests get 503, and every service recovers by itself', async () => {
    await shop.kill('postgres');
    for (const service of reactingServices) {
      await eventually(
        () => readiness(service),
        (status) => status === 503,
      );
    }
    expect((await client.tryPlacing()).status).toBe(503);
    await shop.restart('postgres');

    for (const service of reactingServices) {
      await eventually(
        () => readiness(service),
        (status) => status === 200,
        { timeoutMs: 20_000 },
      );
    }
    const placed = await eventually(
      () => client.tryPlacing(),
      ({ status }) => status === 201,
    );
    await client.becomes(placed.body, { status: 'confirmed' });
    expect(await addsUp()).toEqual([]);
  });

  it('inventory for a while: orders wait and are confirmed when it is back', async () => {
    await shop.kill('inventory');
    const placed = await Promise.all([client.place(), client.place(), client.place()]);
    expect(placed.every(({ status }) => status === 'placed')).toBe(true);
    await shop.restart('inventory');

    for (const order of placed) await client.becomes(order, { status: 'confirmed' });
    expect(await addsUp()).toEqual([]);
  });
});
