import { jest } from '@jest/globals';
import type { Page } from '@hookshop/contracts';
import { v7 as uuidv7 } from 'uuid';
import type { DeliveryView } from './delivery-view.js';
import { BooksUnderTest } from './testing/books-under-test.js';

// Boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

type Listed = Page<DeliveryView>;
const statuses = ['pending', 'in-flight', 'delivered', 'exhausted', 'held', 'cancelled'] as const;

describe('the list of webhook deliveries', () => {
  let books: BooksUnderTest;
  let endpoint: string;
  let deliveries: Record<(typeof statuses)[number], string>;
  const orderId = uuidv7();
  let now: number;

  beforeAll(async () => {
    books = await BooksUnderTest.open();
    now = Date.now();
    endpoint = await books.endpoint();
    await books.lease(endpoint);
    const ids: Partial<typeof deliveries> = {};
    for (const [index, status] of statuses.entries()) {
      const message = status === 'held' ? { orderId, type: 'order.confirmed.v1' } : {};
      ids[status] = await books.owed(endpoint, { status, age: `${10 - index} minutes` }, message);
    }
    deliveries = ids as typeof deliveries;
  });
  afterAll(() => books.close());

  const list = async (query: string): Promise<string[]> => {
    const { status, body } = await books.ask<Listed>(`/webhook-deliveries?${query}`);
    expect([query, status]).toEqual([query, 200]);
    return body.data.map(({ id }) => id);
  };
  /** Before they were stored, not before the test that asks: the ones before it may take a while. */
  const minutesAgo = (minutes: number) => new Date(now - minutes * 60_000).toISOString();

  it('is newest first and tells all of each', async () => {
    const { body } = await books.ask<Listed>(`/webhook-deliveries?endpointId=${endpoint}`);

    expect(body.data.map(({ id, status }) => [id, status])).toEqual(
      [...statuses].reverse().map((status) => [deliveries[status], status]),
    );
    expect(body.data.find(({ status }) => status === 'held')).toEqual({
      id: deliveries.held,
      endpointId: endpoint,
      webhookId: expect.any(String) as string,
      type: 'order.confirmed.v1',
      orderId,
      status: 'held',
      attempts: 1,
      nextAttemptAt: null,
      createdAt: expect.stringMatching(/Z$/) as string,
      deliveredAt: null,
    });
    const pending = body.data.find(({ status }) => status === 'pending')!;
    expect(Date.parse(pending.nextAttemptAt!)).toBeGreaterThan(Date.now());
  });

  it.each(statuses)('finds the ones that are %s', async (status) => {
    expect(await list(`endpointId=${endpoint}&status=${status}`)).toEqual([deliveries[status]]);
  });

  it('counts what a dead instance had in its hands as pending', async () => {
    const left = await books.endpoint();
    await books.lease(left, `now() - interval '1 second'`);
    const id = await books.owed(left, { status: 'in-flight' });
    // Nobody takes the lane over: it is paused.
    expect(await list(`endpointId=${left}&status=pending`)).toEqual([id]);
    expect(await list(`endpointId=${left}&status=in-flight`)).toEqual([]);
  });

  it('finds the newest of very many that are pending, and those in flight among them', async () => {
    const busy = await books.endpoint();
    await books.lease(busy);
    const inFlight = await books.owed(busy, { status: 'in-flight', age: '1 hour' });
    await books.shop.database.query(
      `WITH message AS (
         INSERT INTO webhook_messages (id, type, source, subject, sequence, time, superseded, body)
         SELECT uuidv7(), 'stock.rejected.v1', '/inventory', 'x', 1, '', false, '{}' FROM generate_series(1, 6000)
         RETURNING id
       ), delivery AS (
         INSERT INTO webhook_deliveries (id, endpoint_id, partner_id, message_id, status)
         SELECT uuidv7(), $1, 'demo', id, 'pending' FROM message RETURNING id, message_id
       )
       INSERT INTO webhook_queue (delivery_id, endpoint_id, message_id, sequence) SELECT id, $1, message_id, 1 FROM delivery`,
      [busy],
    );
    const newest = await books.owed(busy, { status: 'pending' });
    await books.owed(busy, { status: 'delivered' });

    const pending = await list(`endpointId=${busy}&status=pending&limit=2`);
    expect([pending[0], pending.length]).toEqual([newest, 2]);
    expect(await list(`endpointId=${busy}&status=in-flight`)).toEqual([inFlight]);
  });

  it('can be narrowed by type, order and time, and by all of them', async () => {
    const { held, exhausted, cancelled } = deliveries;
    const of = (query: string) => list(`endpointId=${endpoint}&${query}`);

    expect(await of('type=order.confirmed.v1')).toEqual([held]);
    expect(await list(`orderId=${orderId}`)).toEqual([held]);
    expect(await of(`since=${minutesAgo(7.5)}`)).toEqual([cancelled, held, exhausted]);
    expect(await of(`until=${minutesAgo(9.5)}`)).toEqual([deliveries.pending]);
    expect(
      await of(
        `since=${minutesAgo(7.5)}&until=${minutesAgo(5.5)}&orderId=${orderId}&status=held&type=order.confirmed.v1`,
      ),
    ).toEqual([held]);
    expect(await list(`orderId=${orderId}&status=delivered`)).toEqual([]);
  });

  it('goes on from page to page over all endpoints, deleted ones too, without losing or repeating one', async () => {
    const partnerId = 'many';
    const [kept, deleted] = [await books.endpoint({ partnerId }), await books.endpoint({ partnerId })];
    const ids: string[] = [];
    for (let count = 0; count < 7; count += 1) ids.unshift(await books.owed(count % 2 ? kept : deleted, {}));
    expect((await books.asAdmin(`/webhook-endpoints/${deleted}`, { method: 'DELETE' })).status).toBe(204);

    const pages: string[][] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: string = `partnerId=${partnerId}&limit=3${cursor && `&cursor=${cursor}`}`;
      const { body } = await books.asAdmin<Listed>(`/webhook-deliveries?${query}`);
      pages.push(body.data.map(({ id }) => id));
      cursor = body.nextCursor;
    }

    expect(pages.map(({ length }) => length)).toEqual([3, 3, 1]);
    expect(pages.flat()).toEqual(ids);
  });

  it('is of the caller alone', async () => {
    const theirs = await books.askAsOther<Listed>(`/webhook-deliveries?endpointId=${endpoint}`);
    expect(theirs.body).toEqual({ data: [], nextCursor: null });
    expect((await books.askAsOther<Listed>(`/webhook-deliveries?orderId=${orderId}`)).body.data).toEqual([]);
    expect((await books.askAsOther<Listed>('/webhook-deliveries?status=pending')).body.data).toEqual([]);
    expect((await books.askAsOther('/webhook-deliveries?partnerId=demo')).status).toBe(404);

    const byAdmin = (partner: string) =>
      books.asAdmin<Listed>(`/webhook-deliveries?endpointId=${endpoint}&partnerId=${partner}`);
    expect((await byAdmin('demo')).body.data).toHaveLength(statuses.length);
    expect((await byAdmin('other')).body.data).toHaveLength(0);
  });

  it.each([
    ['status=done', 'status'],
    ['endpointId=mine', 'endpointId'],
    ['orderId=12', 'orderId'],
    ['since=yesterday', 'since'],
    ['since=2026-W01-1', 'since'],
    ['since=2026-02-30T00:00:00Z', 'since'],
    ['until=2026-01-01', 'until'],
    ['limit=101', 'limit'],
    [`cursor=${uuidv7()}`, 'cursor'],
    ['cursor=x', 'cursor'],
    ['unknown=1', 'unknown'],
  ])('refuses %s and names the field', async (query, path) => {
    const { status, body } = await books.ask<{ errors: object[] }>(`/webhook-deliveries?${query}`);
    expect([status, body.errors]).toEqual([400, [expect.objectContaining({ path })]]);
  });

  it("refuses another partner's delivery as a cursor", async () => {
    const query = `/webhook-deliveries?cursor=${deliveries.held}`;
    expect((await books.ask(query)).status).toBe(200);
    expect((await books.askAsOther(query)).status).toBe(400);
  });

  it('takes times of any year', async () => {
    expect(await list('since=9999-12-31T23:59:59-14:00')).toEqual([]);
    expect(await list(`endpointId=${endpoint}&since=0001-01-01T00:00:00%2B14:00`)).toHaveLength(statuses.length);
  });
});
