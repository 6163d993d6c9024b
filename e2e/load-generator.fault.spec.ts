import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@hookshop/testing';
import { freePortBase } from '../tools/infrastructure/ports.mjs';
import { broken, checkInvariants } from '../tools/shop/invariants.mjs';
import { createShop, type Shop } from '../tools/shop/shop.mjs';
import { node, root } from '../tools/workspace/root.mjs';
import { ShopClient } from './shop-client.js';

const ORDERS_PER_SECOND = 12;
/** Less than the load asks, so that it is told to wait before long. */
const REQUESTS_PER_MINUTE = 240;
const PATIENT = { timeoutMs: 90_000 };

describe('the load generator', () => {
  let shop: Shop;
  let client: ShopClient;
  let load: ChildProcess | undefined;
  let ended: Promise<unknown[]>;
  let said = '';

  beforeAll(async () => {
    shop = createShop({
      portBase: await freePortBase(),
      dataDir: await mkdtemp(join(tmpdir(), 'hookshop-load-')),
      env: {
        API_RATE_LIMIT_PER_MINUTE: `shop:${REQUESTS_PER_MINUTE},partner:30000,admin:30000`,
        // Of customers who leave in the middle of their payment, the shop knows the end in time.
        ORDER_DEADLINE_SECONDS: '10',
      },
      fsync: false,
    });
    await shop.start();
    client = new ShopClient(shop.description());
  });

  afterAll(async () => {
    load?.kill('SIGKILL');
    await client?.close();
    await shop?.remove();
  });

  function startLoad(): ChildProcess {
    const { PATH } = process.env;
    const child = spawn(node, ['bench/load/main.mjs'], {
      cwd: root,
      env: {
        PATH,
        LOAD_GATEWAY_URL: shop.url('gateway'),
        LOAD_SANDBOX_URL: shop.url('sandbox'),
        SHOP_API_KEY: shop.keys.shop,
        LOAD_ORDERS_PER_SECOND: String(ORDERS_PER_SECOND),
        LOAD_REPORT_SECONDS: '1',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.on('data', (chunk) => (said += chunk));
    return child;
  }

  const inBooks = async (where = 'true'): Promise<number> =>
    (await client.query<{ count: number }>('order', `SELECT count(*)::int AS count FROM orders WHERE ${where}`))[0]!
      .count;
  const comesTo = (least: number, where?: string) =>
    eventually(
      () => inBooks(where),
      (count) => count >= least,
      PATIENT,
    );
  const says = (text: string) =>
    eventually(
      async () => said,
      (lines) => lines.includes(text),
      PATIENT,
    );

  it('goes on while the shop loses parts, and waits when it is told to', async () => {
    load = startLoad();
    ended = once(load, 'exit');
    await comesTo(30);

    await shop.kill('order');
    await says('503 ×');
    await shop.restart('order');
    await comesTo((await inBooks()) + 2 * ORDERS_PER_SECOND);

    await shop.kill('gateway');
    await says('no answer ×');
    await shop.restart('gateway');
    await comesTo((await inBooks()) + 2 * ORDERS_PER_SECOND);

    await says('429 ×');
    await comesTo((await inBooks()) + ORDERS_PER_SECOND);
  });

  it('has customers and carriers carry the story to each of its ends', async () => {
    await comesTo(1, `status = 'delivered'`);
    for (const reason of ['payment-declined', 'requested']) {
      await comesTo(1, `cancellation_reason = '${reason}'`);
    }
    await says('delivered 1');
    expect(said).toMatch(/confirmed [1-9]\d*, .* place → confirmed p50 [\d.]+ ms p99 [\d.]+ ms/);
  });

  it('ends when it is asked to, having counted every order that is in the books, which match', async () => {
    load!.kill('SIGTERM');
    const [code] = (await ended) as [number | null];

    const [, placed] = /In all: placed (\d+),/.exec(said) ?? [];
    expect([code, Number(placed)]).toEqual([0, await inBooks()]);
    const failures = await eventually(
      async () => broken(await checkInvariants(client.shop)),
      (found) => found.length === 0,
      PATIENT,
    );
    expect(failures).toEqual([]);
  });
});
