import { jest } from '@jest/globals';
import { eventually } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import type { PolledEvent, PolledEvents } from './poll-deliveries.js';
import { BooksUnderTest } from './testing/books-under-test.js';

// Boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

describe('polling an endpoint', () => {
  let books: BooksUnderTest;

  beforeAll(async () => {
    books = await BooksUnderTest.open();
  });
  afterAll(() => books.close());

  const poll = async (endpoint: string, query = ''): Promise<PolledEvents> => {
    const { status, body } = await books.ask<PolledEvents>(`/webhook-endpoints/${endpoint}/poll?${query}`);
    expect(status).toBe(200);
    return body;
  };
  /** Other specs write to the same cluster, and what is committed shows once the transactions before it are over. */
  const polledWith = (events: number, endpoint: string, query = ''): Promise<PolledEvents> =>
    eventually(
      () => poll(endpoint, query),
      ({ data }) => data.length === events,
    );
  const ids = ({ data }: PolledEvents) => data.map(({ id }) => id);

  it('tells what it was ever owed, whatever became of it, oldest first, as it would be sent', async () => {
    const endpoint = await books.endpoint({ status: 'disabled', disabledReason: 'manual' });
    const messages: string[] = [];
    for (const status of ['held', 'delivered', 'pending', 'exhausted', 'cancelled'] as const) {
      messages.push(await books.message({ data: '{"total":1}' }));
      await books.owe(endpoint, messages.at(-1)!, { status });
    }
    const polled = await polledWith(5, endpoint);

    expect(ids(polled)).toEqual(messages);
    expect(polled.data[0]).toEqual({
      id: messages[0],
      type: 'order.placed.v1',
      timestamp: '2026-01-01T00:00:00.000Z',
      data: { total: 1 },
    });
  });

  it('goes on from its cursor, and has the same one while there is nothing new', async () => {
    const endpoint = await books.endpoint();
    const empty = await poll(endpoint);
    expect(empty).toEqual({ data: [], nextCursor: expect.any(String) as string });

    const messages: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      messages.push(await books.message());
      await books.owe(endpoint, messages.at(-1)!, {});
    }
    const first = await polledWith(3, endpoint, `limit=3&cursor=${empty.nextCursor}`);
    const second = await polledWith(2, endpoint, `limit=3&cursor=${first.nextCursor}`);
    expect([ids(first), ids(second)]).toEqual([messages.slice(0, 3), messages.slice(3)]);
    expect(await poll(endpoint, `cursor=${second.nextCursor}`)).toEqual({ data: [], nextCursor: second.nextCursor });
  });

  it('never skips what commits late', async () => {
    const endpoint = await books.endpoint();
    const [late, early] = [await books.message(), await books.message()];
    const during = await books.whileOpen(
      `INSERT INTO webhook_deliveries (id, endpoint_id, partner_id, message_id, status)
       VALUES (uuidv7(), $1, 'demo', $2, 'delivered')`,
      [endpoint, late],
      async () => {
        await books.owe(endpoint, early, {});
        return poll(endpoint);
      },
    );
    expect(during.data).toEqual([]);
    expect(ids(await polledWith(2, endpoint, `cursor=${during.nextCursor}`))).toEqual([late, early]);
  });

  it.each(['x', '', 'MTIzNA', Buffer.from(`1.${'x'.repeat(36)}`).toString('base64url')])(
    'refuses %j as a cursor',
    async (cursor) => {
      const endpoint = await books.endpoint();
      const { status, body } = await books.ask(`/webhook-endpoints/${endpoint}/poll?cursor=${cursor}`);
      expect([status, body]).toMatchObject([400, { errors: [{ path: 'cursor' }] }]);
    },
  );

  it('shows one event in full, where only its id was sent', async () => {
    const endpoint = await books.endpoint({ payload: 'thin' });
    const [owed, notOwed] = [await books.message({ data: '{"total":7}' }), await books.message()];
    await books.owe(endpoint, owed, {});
    await books.owe(await books.endpoint(), notOwed, {});
    const show = (id: string) => books.ask<PolledEvent>(`/webhook-endpoints/${endpoint}/messages/${id}`);

    expect(await show(owed)).toMatchObject({ status: 200, body: { id: owed, data: { total: 7 } } });
    for (const id of [notOwed, uuidv7(), 'not-an-id']) expect((await show(id)).status).toBe(404);
  });

  it("is its partner's alone: to others there is no such endpoint", async () => {
    const endpoint = await books.endpoint();
    const message = await books.message();
    await books.owe(endpoint, message, {});
    for (const path of ['poll', `messages/${message}`]) {
      expect((await books.ask(`/webhook-endpoints/${endpoint}/${path}`)).status).toBe(200);
      for (const nobodys of [endpoint, uuidv7(), 'not-an-id']) {
        expect((await books.askAsOther(`/webhook-endpoints/${nobodys}/${path}`)).status).toBe(404);
      }
    }
    await books.ask(`/webhook-endpoints/${endpoint}`, { method: 'DELETE' });
    expect((await books.ask(`/webhook-endpoints/${endpoint}/poll`)).status).toBe(404);
  });
});
