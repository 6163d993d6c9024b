import { jest } from '@jest/globals';
import { eventually } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { Receiver } from '../testing/receiver.js';
import { BooksUnderTest } from './testing/books-under-test.js';

// Boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

interface Replayed {
  matched: number;
  detail: string;
  errors: { path: string; message: string }[];
}

const all = ['pending', 'held', 'exhausted', 'cancelled', 'delivered'] as const;
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();

describe('a replay', () => {
  let books: BooksUnderTest;
  let beginning: string;

  beforeAll(async () => {
    books = await BooksUnderTest.open();
  });
  afterAll(() => books.close());
  // What other specs have stored would be missing here.
  beforeEach(async () => {
    const [row] = await books.shop.database.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    beginning = row!.now.toISOString();
  });

  const replay = (endpointId: string, body: object) =>
    books.ask<Replayed>(`/webhook-endpoints/${endpointId}/replay`, { body: { since: beginning, ...body } });
  const owedEach = async (endpoint: string) => {
    const ids: Record<string, string> = {};
    for (const status of all) ids[status] = await books.owed(endpoint, { status, attempts: 4 });
    return ids as Record<(typeof all)[number], string>;
  };
  const reopened = async (endpoint: string) =>
    Object.values(await books.statusesOf(endpoint)).filter((status) => status === 'pending').length;

  it('opens everything that was not delivered again: due now, paced, with every retry before it', async () => {
    const endpoint = await books.endpoint();
    const ids = await owedEach(endpoint);

    const { status, body } = await replay(endpoint, {});

    expect([status, body]).toEqual([202, { matched: 4 }]);
    expect(await books.statusesOf(endpoint)).toEqual({
      ...Object.fromEntries(Object.values(ids).map((id) => [id, 'pending'])),
      [ids.delivered]: 'delivered',
    });
    for (const status of ['pending', 'held', 'exhausted', 'cancelled'] as const) {
      expect(await books.queued(ids[status])).toMatchObject({ due_now: true, tries: 0, paced: true });
    }
    expect((await books.shop.deliveries(endpoint)).filter(({ unresolved }) => unresolved)).toEqual([]);
    expect((await replay(endpoint, {})).body).toEqual({ matched: 4 });
    expect(await books.shop.deliveries(endpoint)).toHaveLength(5);
  });

  it.each(all)('can be of those alone that are %s', async (status) => {
    const endpoint = await books.endpoint();
    const ids = await owedEach(endpoint);
    expect((await replay(endpoint, { status: [status] })).body).toEqual({ matched: 1 });
    expect(await books.queued(ids[status])).toMatchObject({ paced: true, tries: 0 });
  });

  it('says how many it would be, and does nothing, when it is a dry run', async () => {
    const endpoint = await books.endpoint();
    await owedEach(endpoint);
    await books.message();
    const before = await books.statusesOf(endpoint);

    const { status, body } = await replay(endpoint, { dryRun: true });

    expect([status, body]).toEqual([200, { matched: 5 }]);
    expect(await books.statusesOf(endpoint)).toEqual(before);
    expect((await replay(endpoint, {})).body).toEqual(body);
  });

  it('is of a window of time and of types', async () => {
    const endpoint = await books.endpoint();
    const at = (age: string, type: string) => books.owed(endpoint, { status: 'held', age }, { type });
    await at('3 hours', 'order.placed.v1');
    const wanted = await at('2 hours', 'order.placed.v1');
    await at('2 hours', 'stock.rejected.v1');
    await at('1 minute', 'order.placed.v1');

    const { body } = await replay(endpoint, { since: hoursAgo(2.5), until: hoursAgo(0.5), types: ['order.*'] });

    expect(body).toEqual({ matched: 1 });
    expect(await books.queued(wanted)).toMatchObject({ paced: true });
  });

  it('leaves alone what is in flight', async () => {
    const endpoint = await books.endpoint();
    await books.lease(endpoint);
    const id = await books.owed(endpoint, { status: 'in-flight', attempts: 2 });
    expect((await replay(endpoint, {})).body).toEqual({ matched: 0 });
    expect(await books.queued(id)).toMatchObject({ due_now: false, tries: 2, paced: false });
  });

  it('finds what was committed while an older transaction is still under way', async () => {
    const endpoint = await books.endpoint();
    await books.whileOpen('SELECT pg_current_xact_id()', [], async () => {
      await books.owed(endpoint, { status: 'held' });
      expect((await replay(endpoint, {})).body).toEqual({ matched: 1 });
    });
  });

  it('leaves alone what is delivered while it runs', async () => {
    const endpoint = await books.endpoint();
    const id = await books.owed(endpoint, { status: 'pending' });
    const replayed = await books.whileOpen(
      `WITH done AS (DELETE FROM webhook_queue WHERE delivery_id = $1)
       UPDATE webhook_deliveries SET status = 'delivered', delivered_at = now() WHERE id = $1`,
      [id],
      async () => {
        const running = replay(endpoint, { status: ['pending'] });
        await books.waitsForLock('webhook_deliveries');
        return { running };
      },
    );
    expect((await replayed.running).body).toEqual({ matched: 0 });
    expect(await books.statusesOf(endpoint)).toEqual({ [id]: 'delivered' });
    expect(await books.queued(id)).toBeUndefined();
  });

  it('opens nothing of an endpoint that is disabled while it runs', async () => {
    const endpoint = await books.endpoint();
    const id = await books.owed(endpoint, { status: 'held' });
    const replayed = await books.whileOpen(
      `UPDATE webhook_endpoints SET status = 'disabled', disabled_reason = 'gone' WHERE id = $1`,
      [endpoint],
      async () => {
        const running = replay(endpoint, {});
        await books.waitsForLock('webhook_endpoints');
        return { running };
      },
    );
    expect((await replayed.running).status).toBe(409);
    expect(await books.statusesOf(endpoint)).toEqual({ [id]: 'held' });
  });

  it('goes on over many parts', async () => {
    const endpoint = await books.endpoint();
    await books.shop.database.query(
      `WITH message AS (
         INSERT INTO webhook_messages (id, type, source, subject, sequence, time, superseded, body)
         SELECT uuidv7(), 'stock.rejected.v1', '/inventory', 'x', 1, '', false, '{"data":{}}' FROM generate_series(1, 11000)
         RETURNING id
       )
       INSERT INTO webhook_deliveries (id, endpoint_id, partner_id, message_id, status, unresolved_at)
       SELECT uuidv7(), $1, 'demo', id, 'held', now() FROM message`,
      [endpoint],
    );
    const types = ['stock.rejected.v1'];
    expect((await replay(endpoint, { types, dryRun: true })).body).toEqual({ matched: 11_000 });
    expect((await replay(endpoint, { types, status: ['held'] })).body).toEqual({ matched: 11_000 });
    expect(await reopened(endpoint)).toBe(11_000);
    expect((await replay(endpoint, { types, status: ['held'] })).body).toEqual({ matched: 0 });

    const newcomer = await books.endpoint();
    expect((await replay(newcomer, { types, status: ['missing'], dryRun: true })).body).toEqual({ matched: 11_000 });
    expect((await replay(newcomer, { types, status: ['missing'] })).body).toEqual({ matched: 11_000 });
    expect(await reopened(newcomer)).toBe(11_000);
  });

  it('is delivered, each event under the id it always had', async () => {
    const receiver = await Receiver.start();
    const { id: endpoint } = await books.shop.endpoint(receiver.url, { eventTypes: ['payment.captured.v1'] });
    const messages = [await books.message({ type: 'payment.captured.v1' })];
    messages.push(await books.message({ type: 'payment.captured.v1' }));
    await books.owe(endpoint, messages[0]!, { status: 'exhausted' });

    expect((await replay(endpoint, {})).body).toEqual({ matched: 2 });

    await eventually(() => receiver.ids.length === 2, undefined, { timeoutMs: 20_000 });
    expect(receiver.ids.sort()).toEqual(messages);
    await receiver.stop();
  });

  it('needs an endpoint that is enabled, except to count', async () => {
    const endpoint = await books.endpoint({ status: 'disabled', disabledReason: 'failing' });
    await books.owed(endpoint, { status: 'held' });
    const { status, body } = await replay(endpoint, { status: ['held'] });
    expect([status, body.detail]).toEqual([409, expect.stringContaining('Enable it first')]);
    expect((await replay(endpoint, { status: ['held'], dryRun: true })).body).toEqual({ matched: 1 });
    expect(await reopened(endpoint)).toBe(0);
  });

  it.each([
    [{ since: undefined }, 400, 'since'],
    [{ since: 'yesterday' }, 400, 'since'],
    [{ since: '2026-02-30T00:00:00Z' }, 400, 'since'],
    [{ until: null }, 400, 'until'],
    [{ until: '2026-02-29T00:00:00Z' }, 400, 'until'],
    [{ status: null }, 400, 'status'],
    [{ status: ['in-flight'] }, 400, 'status'],
    [{ status: [] }, 400, 'status'],
    [{ dryRun: null }, 400, 'dryRun'],
    [{ dryRun: 'true' }, 400, 'dryRun'],
    [{ types: 'order.*' }, 400, 'types'],
    [{ types: [''] }, 422, 'types.0'],
    [{ types: ['order.*', 'order.unknown.v1'] }, 422, 'types.1'],
    [{ since: '2999-01-01T00:00:00Z' }, 422, 'since'],
    [{ since: hoursAgo(1), until: hoursAgo(1.1) }, 422, 'until'],
    [{ everything: true }, 400, 'everything'],
  ])('refuses %j with %i and names the field', async (wrong, status, path) => {
    const endpoint = await books.endpoint();
    const answer = await replay(endpoint, wrong);
    expect([answer.status, new Set(answer.body.errors.map((error) => error.path))]).toEqual([status, new Set([path])]);
  });

  it("is nobody else's: to others there is no such endpoint", async () => {
    const endpoint = await books.endpoint();
    const body = { since: hoursAgo(1) };
    for (const nobodys of [endpoint, uuidv7(), 'not-an-id']) {
      const { status } = await books.askAsOther(`/webhook-endpoints/${nobodys}/replay`, { body });
      expect(status).toBe(404);
    }
  });
});
