import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@hookshop/testing';
import { freePortBase } from '../tools/infrastructure/ports.mjs';
import { createShop, type Shop } from '../tools/shop/shop.mjs';
import { seededRandom } from './seeded-random.js';
import { ShopClient } from './shop-client.js';

const KILLS = 10;
/** Between these many facts of load, at a place the seed decides, the gateway is killed. */
const FACTS_BEFORE_KILL = { least: 30, most: 150 };
const PRODUCERS = 4;
/** So that each kill meets load of now, not what an earlier one held up. */
const MOST_UNDER_WAY = 200;

interface Counted {
  count: number;
}

describe('ten times kill -9 of the gateway while it sends webhooks', () => {
  let shop: Shop;
  let client: ShopClient;
  let server: Server;
  const { seed, between } = seededRandom();
  /** How often each fact was received, by its webhook-id. */
  const received = new Map<string, number>();
  const stated: string[] = [];

  beforeAll(async () => {
    process.stderr.write(`seed of the webhook kills: ${seed} (HOOKSHOP_SEED=${seed} repeats them)\n`);
    // Takes its time, so that a kill finds attempts that were received and not recorded.
    server = createServer((request, response) => {
      request.resume().on('end', () => {
        const id = String(request.headers['webhook-id']);
        received.set(id, (received.get(id) ?? 0) + 1);
        setImmediate(() => response.writeHead(204).end());
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    shop = createShop({
      portBase: await freePortBase(),
      dataDir: await mkdtemp(join(tmpdir(), 'hookshop-webhook-kills-')),
      fsync: false,
      services: ['gateway'],
    });
    await shop.start();
    client = new ShopClient(shop.description());
    const { status, body } = await client.call('POST', '/v1/webhook-endpoints', {
      key: shop.keys.partner,
      body: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, eventTypes: ['stock.*'] },
    });
    if (status !== 201) throw new Error(`The endpoint was answered with ${status}: ${JSON.stringify(body)}`);
  });

  afterAll(async () => {
    await client?.close();
    await shop?.remove();
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  });

  const stateOne = async (): Promise<void> => {
    const id = randomUUID();
    await client.state('stock.low.v1', {
      id,
      subject: 'KEYB-01',
      sequence: stated.length + 1,
      orderId: randomUUID(),
      data: { sku: 'KEYB-01', available: 1, threshold: 5 },
    });
    stated.push(id);
  };

  const startLoad = (): (() => Promise<void>) => {
    let open = true;
    const producers = Promise.all(
      Array.from({ length: PRODUCERS }, async () => {
        while (open) {
          await eventually(() => !open || stated.length - received.size < MOST_UNDER_WAY, undefined, {
            timeoutMs: 60_000,
          });
          if (open) await stateOne();
        }
      }),
    );
    return async () => {
      open = false;
      await producers;
    };
  };

  const left = async (sql: string): Promise<number> => (await client.query<Counted>('gateway', sql))[0]!.count;

  it('loses no delivery, leaves none leased, and sends again what it had not recorded', async () => {
    for (let kill = 0; kill < KILLS; kill += 1) {
      const stopLoad = startLoad();
      const target = stated.length + between(FACTS_BEFORE_KILL.least, FACTS_BEFORE_KILL.most);
      await eventually(() => stated.length >= target && received.size > 0, undefined, { timeoutMs: 30_000 });
      await shop.kill('gateway', 'SIGKILL');
      await shop.restart('gateway');
      await stopLoad();
    }

    await eventually(() => stated.every((id) => received.has(id)), undefined, { timeoutMs: 60_000 });
    await eventually(async () => (await left('SELECT count(*)::int AS count FROM webhook_queue')) === 0, undefined, {
      timeoutMs: 30_000,
    });

    // Nothing was received that was not stated, each fact under its own id.
    expect(received.size).toBe(stated.length);
    expect(await left(`SELECT count(*)::int AS count FROM webhook_deliveries WHERE status = 'delivered'`)).toBe(
      stated.length,
    );
    // One delivery a fact, whatever the redeliveries of the broker.
    expect(await left('SELECT count(*)::int AS count FROM webhook_deliveries')).toBe(stated.length);
    // Otherwise no kill hit an attempt between send and record, and nothing was proven.
    expect([...received.values()].filter((times) => times > 1).length).toBeGreaterThan(0);
  });
});
