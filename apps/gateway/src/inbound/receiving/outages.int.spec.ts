import { jest } from '@jest/globals';
import { eventually } from '@hookshop/testing';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { v7 as uuidv7 } from 'uuid';
import { DatabaseLink } from '../testing/database-link.js';
import { InboundUnderTest, signed, type Webhook } from '../testing/inbound-under-test.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

/** How often a webhook is in the books: as a receipt, as an id that is taken, and as a fact that waits. */
interface Books {
  receipts: number;
  ids: number;
  facts: number;
}

let shop: InboundUnderTest;
let link: DatabaseLink;

beforeAll(async () => {
  shop = await InboundUnderTest.start({}, 0);
  link = await DatabaseLink.to(shop.database.url);
  await shop.startInstance({ databaseUrl: link.url });
});
afterAll(async () => {
  await shop.stop();
  await link.cut();
});

const statusOf = async (webhook: Webhook): Promise<number> => (await shop.send(webhook)).status;
const isReady = async (): Promise<boolean> => (await shop.gateway.fetch('/readyz', { as: null })).ok;
const booksOf = async (webhookId: string): Promise<Books> => {
  const [books] = await shop.database.query<Books>(
    `SELECT (SELECT count(*)::int FROM inbound_webhooks WHERE webhook_id = $1) AS receipts,
            (SELECT count(*)::int FROM inbound_ids WHERE webhook_id = $1) AS ids,
            (SELECT count(*)::int FROM outbox WHERE payload LIKE '%' || $1 || '%') AS facts`,
    [webhookId],
  );
  return books!;
};
const nothing: Books = { receipts: 0, ids: 0, facts: 0 };

describe('a fact that cannot be written', () => {
  const refuseFacts = async (condition: string, timing = 'BEFORE', refusal = `RAISE 'no fact today'`) => {
    await shop.database.query(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${refusal}; RETURN NULL; END $$`,
    );
    await shop.database.query(
      timing === 'BEFORE'
        ? `CREATE TRIGGER refuse BEFORE INSERT ON outbox FOR EACH ROW WHEN (${condition}) EXECUTE FUNCTION refuse()`
        : `CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON outbox DEFERRABLE INITIALLY DEFERRED
           FOR EACH ROW WHEN (${condition}) EXECUTE FUNCTION refuse()`,
    );
  };
  afterEach(() => shop.database.query('DROP FUNCTION IF EXISTS refuse CASCADE'));

  it.each([
    ['stripe', (id: string) => signed.stripe({ id })],
    ['github', (id: string) => signed.github('{"action":"opened"}', id)],
  ])('leaves nothing of a webhook from %s: 500, and it is taken when it comes again', async (_, webhook) => {
    const id = uuidv7();
    const sent = webhook(id);
    await refuseFacts('true');

    const failed = await shop.send(sent);

    expect(failed.status).toBe(500);
    expect(await failed.text()).not.toContain('no fact today');
    expect(await booksOf(id)).toEqual(nothing);
    await shop.database.query('DROP FUNCTION refuse CASCADE');
    expect(await statusOf(sent)).toBe(202);
    expect(await shop.facts(({ data }) => data.webhookId === id)).toHaveLength(1);
  });

  it('fails no other webhook that comes at the same moment', async () => {
    const bad = uuidv7();
    await refuseFacts(`NEW.payload LIKE '%${bad}%'`);
    const ids = [...Array.from({ length: 10 }, () => uuidv7()), bad, ...Array.from({ length: 10 }, () => uuidv7())];

    const statuses = await Promise.all(ids.map((id) => statusOf(signed.stripe({ id }))));

    expect(statuses).toEqual(ids.map((id) => (id === bad ? 500 : 202)));
    expect(await booksOf(bad)).toEqual(nothing);
    for (const id of ids.filter((one) => one !== bad)) expect(await booksOf(id)).toMatchObject({ receipts: 1, ids: 1 });
  });

  it('is answered 504 when the connection is lost while committing, and what comes again is taken once', async () => {
    const id = uuidv7();
    await refuseFacts(`NEW.payload LIKE '%${id}%'`, 'AFTER', 'PERFORM pg_terminate_backend(pg_backend_pid())');

    expect(await statusOf(signed.stripe({ id }))).toBe(504);

    await shop.database.query('DROP FUNCTION refuse CASCADE');
    expect(await statusOf(signed.stripe({ id }))).toBe(202);
    expect(await shop.facts(({ data }) => data.webhookId === id)).toHaveLength(1);
  });
});

describe('while the database is away', () => {
  const genuine = signed.carrier();

  beforeAll(() => link.cut());

  it('a genuine webhook is answered 503 with Retry-After, so that it comes again', async () => {
    const response = await shop.send(genuine);

    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });

  it('another one is refused as always, though it cannot be written down', async () => {
    expect(await statusOf({ ...genuine, body: '{}' })).toBe(401);
  });

  it('the gateway is not ready', async () => {
    expect(await isReady()).toBe(false);
  });

  it('nothing is lost: the webhook is taken when the database is back and it comes again', async () => {
    await link.mend();

    await eventually(
      () => statusOf(genuine),
      (status) => status === 202,
    );
    await eventually(isReady);
    const id = genuine.headers['webhook-id']!;
    expect(await shop.facts(({ data }) => data.webhookId === id)).toHaveLength(1);
  });
});

describe('while the broker is away', () => {
  const webhook = signed.stripe();
  const { id: webhookId } = JSON.parse(webhook.body as string) as { id: string };

  beforeAll(() => shop.broker.kill());

  it('a webhook is taken all the same, and its fact waits', async () => {
    expect(await statusOf(webhook)).toBe(202);

    expect(await booksOf(webhookId)).toEqual({ receipts: 1, ids: 1, facts: 1 });
  });

  it('the gateway is ready, and says that the broker is away', async () => {
    const broker = async () => {
      const response = await shop.gateway.fetch('/readyz', { as: null });
      const { checks } = (await response.json()) as { checks: { broker: { ok: boolean } } };
      return { status: response.status, checks };
    };

    expect(await eventually(broker, ({ checks }) => !checks.broker.ok)).toMatchObject({ status: 200 });
  });

  it('what comes again is a duplicate', async () => {
    expect(await statusOf(webhook)).toBe(200);
  });

  it('nothing is lost: the fact is on the stream when the broker is back', async () => {
    await shop.broker.restart();

    const connection = await connect({ servers: shop.broker.url });
    const { streams } = await jetstreamManager(connection);
    const last = () => streams.getMessage('EVENTS', { last_by_subj: 'shop.webhook.received.v1' });
    const fact = await eventually(last, (message) => message?.json<{ webhookId: string }>().webhookId === webhookId);
    expect(fact).toBeDefined();
    await eventually(() => shop.outboxIsEmpty());
    await connection.close();
  });
});
