import { eventually } from '@hookshop/testing';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePortBase } from '../tools/infrastructure/ports.mjs';
import { broken, checkInvariants } from '../tools/shop/invariants.mjs';
import { createShop, type Shop } from '../tools/shop/shop.mjs';
import { startLoad } from './load.js';
import { seededRandom } from './seeded-random.js';
import { services } from './services.js';
import { ShopClient } from './shop-client.js';

/** Between these many orders of load, at a place the seed decides, a process is killed. */
const ORDERS_BEFORE_KILL = { least: 20, most: 120 };
const CUSTOMERS = 12;

describe('under load, kill -9 of', () => {
  let shop: Shop;
  let client: ShopClient;
  const { seed, between } = seededRandom();

  beforeAll(async () => {
    process.stderr.write(`seed of the kills: ${seed} (HOOKSHOP_SEED=${seed} repeats them)\n`);
    shop = createShop({
      portBase: await freePortBase(),
      dataDir: await mkdtemp(join(tmpdir(), 'hookshop-kills-')),
      fsync: false,
    });
    await shop.start();
    client = new ShopClient(shop.description());
  });

  afterAll(async () => {
    await client?.close();
    await shop?.remove();
  });

  /** Messages delivered more than once, or facts published by another way than their own process, since the start. */
  const redeliveries = async (): Promise<number> => {
    const texts = await Promise.all(
      Object.values(client.shop.urls).map(async (url) => (await fetch(`${url}/metrics`)).text()),
    );
    const resent = texts.flatMap((text) => [...text.matchAll(/^reaction_redelivered_total\{[^}]*\} (\d+)/gm)]);
    return resent.reduce((sum, [, count]) => sum + Number(count), 0);
  };

  /** Load, a kill at a random moment, a restart, more load; then everything must come to rest and add up. */
  const survives = async (name: string): Promise<void> => {
    // Bookings that the carrier makes and nobody hears of, as many as are under way at once.
    if (name === 'shipping') await client.sandbox.behave('carrier', { delayMs: 100 });
    const load = startLoad(client, CUSTOMERS, ['pm_card_visa', 'pm_card_visa', 'pm_card_chargeDeclined']);
    const ordersBeforeKill = between(ORDERS_BEFORE_KILL.least, ORDERS_BEFORE_KILL.most);
    await eventually(
      () => load.placed.length,
      (count) => count >= ordersBeforeKill,
      { timeoutMs: 60_000 },
    );
    await shop.kill(name, 'SIGKILL');
    const atKill = load.placed.length;
    await shop.restart(name);
    if (name === 'shipping') await client.sandbox.behave('carrier', {});
    await eventually(
      () => load.placed.length,
      (count) => count >= atKill + CUSTOMERS * 3,
      { timeoutMs: 60_000 },
    );
    await load.stop();

    handOverWasKilled ||= ['email', 'sandbox', 'postgres'].includes(name);
    await comesToRest(load.placed.length);
  };

  let placedBefore = 0;
  /** The mailer, the mail server, or where both write it down. */
  let handOverWasKilled = false;
  const comesToRest = async (placed: number): Promise<void> => {
    placedBefore += placed;
    const failures = await eventually(
      async () => broken(await checkInvariants(client.shop, { handOverWasKilled })),
      (found) => found.length === 0,
      { timeoutMs: 90_000 },
    );
    expect(failures).toEqual([]);
    const [{ count }] = (await client.query<{ count: number }>(
      'order',
      'SELECT count(*)::int AS count FROM orders',
    )) as [{ count: number }];
    // Every order that was promised is there, and none that nobody was promised.
    expect(count).toBe(placedBefore);
  };

  it.each([...services, 'nats', 'postgres'])('%s loses nothing and does nothing twice', async (name) => survives(name));

  it('so much of the load was cancelled, shipped and delivered: the kills hit all of the story', async () => {
    const statuses = await client.query<{ status: string }>('order', 'SELECT DISTINCT status FROM orders');
    const parcels = await client.query<{ status: string }>('sandbox', 'SELECT DISTINCT status FROM shipments');

    expect(statuses.map(({ status }) => status).sort()).toEqual(['cancelled', 'confirmed', 'delivered', 'shipped']);
    expect(parcels.map(({ status }) => status)).toEqual(
      expect.arrayContaining(['booked', 'cancelled', 'delivered', 'picked_up']),
    );
  });

  it('so many processes redelivered messages: the kills hit work under way', async () => {
    expect(await redeliveries()).toBeGreaterThan(0);
  });
});
