import { jest } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { BooksUnderTest } from './testing/books-under-test.js';

// Boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

const placed = 'order.placed.v1';

describe('a replay of what is missing', () => {
  let books: BooksUnderTest;
  let since: string;

  beforeAll(async () => {
    books = await BooksUnderTest.open({ webhookRetentionDays: 2 });
  });
  afterAll(() => books.close());
  beforeEach(async () => {
    await books.shop.database.query('DELETE FROM webhook_messages');
    since = new Date(Date.now() - 3_600_000).toISOString();
  });

  /** The messages that the endpoint is owed by it. */
  const backfill = async (endpoint: string, body: object = {}): Promise<string[]> => {
    const asked = { since, status: ['missing'], ...body };
    const path = `/webhook-endpoints/${endpoint}/replay`;
    const counted = await books.ask<{ matched: number }>(path, { body: { ...asked, dryRun: true } });
    const before = await books.shop.deliveries(endpoint);
    const done = await books.ask<{ matched: number }>(path, { body: asked });
    const after = await books.shop.deliveries(endpoint);
    expect([counted.status, done.status]).toEqual([200, 202]);
    expect(counted.body).toEqual(done.body);
    expect(done.body).toEqual({ matched: after.length - before.length });
    return after
      .filter(({ id }) => before.every((known) => known.id !== id))
      .map(({ messageId }) => messageId)
      .sort();
  };

  it('owes a new endpoint what it subscribes to now, once', async () => {
    const endpoint = await books.endpoint({ eventTypes: ['order.*', 'payment.captured.v1'] });
    const wanted = [await books.message(), await books.message({ type: 'payment.captured.v1' })];
    await books.message({ type: 'stock.rejected.v1' });
    await books.owed(endpoint, {});

    expect(await backfill(endpoint)).toEqual(wanted);
    expect(await backfill(endpoint)).toEqual([]);
    const opened = (await books.shop.deliveries(endpoint)).find(({ messageId }) => messageId === wanted[0])!;
    expect(await books.queued(opened.id)).toMatchObject({ due_now: true, tries: 0, paced: true });
  });

  it('looks at when a message came, and at types', async () => {
    const endpoint = await books.endpoint();
    await books.message({ age: '3 hours' });
    const wanted = await books.message({ age: '2 hours' });
    await books.message({ age: '2 hours', type: 'stock.rejected.v1' });
    await books.message();
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();

    expect(await backfill(endpoint, { since: hoursAgo(2.5), until: hoursAgo(1), types: ['order.*'] })).toEqual([
      wanted,
    ]);
  });

  it('passes over what retention is about to remove', async () => {
    const endpoint = await books.endpoint();
    await books.message({ age: '49 hours' });
    const wanted = await books.message({ age: '47 hours' });
    expect(await backfill(endpoint, { since: '2020-01-01T00:00:00Z' })).toEqual([wanted]);
  });

  it('has an older version of an occurrence only for who names it', async () => {
    const [byWildcard, byName] = [await books.endpoint(), await books.endpoint({ eventTypes: [placed] })];
    const message = await books.message({ superseded: true });
    expect(await backfill(byWildcard)).toEqual([]);
    expect(await backfill(byName)).toEqual([message]);
  });

  it("keeps one partner's own facts from others, and those about an endpoint from that endpoint", async () => {
    const [mine, second] = [await books.endpoint(), await books.endpoint()];
    const theirs = await books.endpoint({ partnerId: 'other' });
    const message = await books.message({ partnerId: 'demo', aboutEndpointId: mine });

    expect(await backfill(mine)).toEqual([]);
    expect(await backfill(second)).toEqual([message]);
    const path = `/webhook-endpoints/${theirs}/replay`;
    expect((await books.askAsOther(path, { body: { since, status: ['missing'] } })).body).toEqual({ matched: 0 });
  });

  it('goes by the filter, whatever strings there are beside it that PostgreSQL refuses', async () => {
    const endpoint = await books.endpoint({ filterPath: '$.data.total >= 100' });
    const strings = ['\\u0000', '\\uD800', 'x\\udfff\\ud800', '\\ud83d\\ude00', '\\\\u0000', '\\\\\\u0000', 'a\\nb'];
    const wanted: string[] = [];
    for (const text of strings) wanted.push(await books.message({ data: `{"total":100,"text":"${text}"}` }));
    for (const text of strings) await books.message({ data: `{"total":99,"text":"${text}"}` });
    await books.message({ data: '{"text":"no total"}' });

    expect(await backfill(endpoint)).toEqual(wanted);
  });

  it('makes the bodies that the endpoint asks for, and sends in the order it asks for', async () => {
    const endpoint = await books.endpoint({ format: 'cloudevents', payload: 'thin', ordering: 'per-key' });
    const subject = uuidv7();
    const id = await books.message({ subject, sequence: 3 });

    expect(await backfill(endpoint)).toEqual([id]);

    const [delivery] = await books.shop.deliveries(endpoint);
    expect(await books.queued(delivery!.id)).toMatchObject({ ordering_key: subject, sequence: 3 });
    const bodies = await books.shop.database.query<{ body: string }>(
      `SELECT body FROM webhook_bodies WHERE message_id = $1 AND format = 'cloudevents' AND payload = 'thin'`,
      [id],
    );
    expect(bodies.map(({ body }) => (JSON.parse(body) as { id: string }).id)).toEqual([id]);
  });
});
