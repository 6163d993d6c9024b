import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@hookshop/testing';
import pg from 'pg';
import { freePortBase } from '../tools/infrastructure/ports.mjs';
import { createShop, type Shop } from '../tools/shop/shop.mjs';
import { seededRandom } from './seeded-random.js';
import { ShopClient } from './shop-client.js';
import { StubbornSenders } from './stubborn-senders.js';

const KILLS = 10;
/** Between these many messages of load, at a place the seed decides, the gateway is killed. */
const MESSAGES_BEFORE_KILL = { least: 50, most: 400 };
const SENDERS = 128;

/** Tells of every commit of receipts, at the moment it is one. */
const TELL_OF_COMMITS = `
  CREATE FUNCTION tell_of_receipts() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN NOTIFY receipts; RETURN NULL; END
  $$;
  CREATE TRIGGER tell_of_receipts AFTER INSERT ON inbound_webhooks
    FOR EACH STATEMENT EXECUTE FUNCTION tell_of_receipts()`;

interface Received {
  receiptId: string;
  webhookId: string;
}

describe('a gateway that receives webhooks', () => {
  let shop: Shop;
  let client: ShopClient;
  const { seed, between } = seededRandom();

  beforeAll(async () => {
    process.stderr.write(`seed of the inbound kills: ${seed} (HOOKSHOP_SEED=${seed} repeats them)\n`);
    shop = createShop({
      portBase: await freePortBase(),
      dataDir: await mkdtemp(join(tmpdir(), 'hookshop-inbound-kills-')),
      fsync: false,
      services: ['gateway'],
    });
    await shop.start();
    client = new ShopClient(shop.description());
    await client.query('gateway', TELL_OF_COMMITS);
  });

  afterAll(async () => {
    await client?.close();
    await shop?.remove();
  });

  const takes = (senders: StubbornSenders, more: number): Promise<number> => {
    const target = senders.taken + more;
    return eventually(
      () => senders.taken,
      (taken) => taken >= target,
      { timeoutMs: 60_000 },
    );
  };
  /** Kills the gateway as soon as receipts are committed: hardly any of them is answered then. */
  const killAtCommit = async (): Promise<void> => {
    const listener = new pg.Client({ connectionString: client.shop.databases['gateway'] });
    await listener.connect();
    const killed = new Promise<void>((resolve, reject) =>
      listener.once('notification', () => shop.kill('gateway', 'SIGKILL').then(resolve, reject)),
    );
    await listener.query('LISTEN receipts');
    await killed;
    await listener.end();
  };
  const outboxDrains = (): Promise<unknown> =>
    eventually(
      () => client.query('gateway', 'SELECT FROM outbox'),
      (rows) => rows.length === 0,
      {
        timeoutMs: 60_000,
      },
    );

  /** Every message has one receipt and one fact, and nothing else has. */
  const isTakenOnce = async (senders: StubbornSenders): Promise<void> => {
    const receipts = await client.query<Received>(
      'gateway',
      `SELECT id AS "receiptId", webhook_id AS "webhookId" FROM inbound_webhooks
       WHERE status = 'received' AND webhook_id = ANY ($1::text[]) ORDER BY webhook_id`,
      [[...senders.answers.keys()]],
    );
    expect(receipts.map(({ webhookId }) => webhookId)).toEqual([...senders.answers.keys()].sort());

    const stored = (await client.facts<Received>('webhook.received.v1')).filter(({ data }) =>
      senders.answers.has(data.webhookId),
    );
    const facts = new Map(stored.map(({ id, data }) => [id, data.receiptId]));
    expect([...facts.values()].sort()).toEqual(receipts.map(({ receiptId }) => receiptId).sort());
  };

  it('takes every message once, killed ten times with messages half taken', async () => {
    const senders = new StubbornSenders(client, SENDERS);
    for (let kill = 0; kill < KILLS; kill += 1) {
      await takes(senders, between(MESSAGES_BEFORE_KILL.least, MESSAGES_BEFORE_KILL.most));
      // Any moment will do, but few are between a commit and its answers.
      await (kill % 2 === 0 ? shop.kill('gateway', 'SIGKILL') : killAtCommit());
      await shop.restart('gateway');
    }
    await takes(senders, SENDERS);
    await senders.stop();
    await outboxDrains();

    await isTakenOnce(senders);
    const answers = [...senders.answers.values()];
    expect(answers.every((one) => [200, 202].includes(one.at(-1)!))).toBe(true);
    // Whoever heard 202 did not ask again, and nobody hears it twice.
    expect(answers.every((one) => one.indexOf(202) === -1 || one.indexOf(202) === one.length - 1)).toBe(true);
    // What was answered with 200 had been taken before, by an attempt that a kill left without an answer: otherwise no
    // kill hit a message between its commit and its answer, and nothing was proven.
    const takenUnheard = answers.filter((one) => one.at(-1) === 200);
    process.stderr.write(`${answers.length} messages, ${takenUnheard.length} of them taken and not answered\n`);
    expect(takenUnheard.length).toBeGreaterThan(0);
    expect(takenUnheard.every((one) => one.length > 1)).toBe(true);
  });

  it('answers 202 all the while the broker is away, and states the facts when it is back', async () => {
    const before = new Set((await client.facts('webhook.received.v1')).map(({ id }) => id));
    await shop.kill('nats', 'SIGKILL');
    const senders = new StubbornSenders(client, 4);
    await takes(senders, 200);
    expect((await fetch(`${shop.url('gateway')}/readyz`)).status).toBe(200);
    await senders.stop();
    expect(new Set([...senders.answers.values()].flat())).toEqual(new Set([202]));
    expect(await client.query('gateway', 'SELECT FROM outbox')).toHaveLength(senders.answers.size);

    await shop.restart('nats');

    await outboxDrains();
    await isTakenOnce(senders);
    const ids = (await client.facts('webhook.received.v1')).map(({ id }) => id).filter((id) => !before.has(id));
    expect(new Set(ids).size).toBe(senders.answers.size);
  });
});
