import { jest } from '@jest/globals';
import type { Page } from '@hookshop/contracts';
import { eventually, testBroker, testDatabase, type TestBroker, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { FarSide, Refused } from '../testing/far-side.js';
import { orderView } from '../testing/orders.js';
import { startGateway, type TestGateway } from '../testing/test-gateway.js';
import type { TimelineEntry } from './timelines.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

describe('the timeline of an order', () => {
  let broker: TestBroker;
  let database: TestDatabase;
  let gateway: TestGateway;
  let farSide: FarSide;

  beforeAll(async () => {
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    farSide = await FarSide.join(broker.url);
    gateway = await startGateway({ natsUrl: broker.url, databaseUrl: database.url });
    await farSide.answer('order.show', () => new Refused({ status: 404, detail: 'There is no such order.' }));
    await eventually(
      async () => (await gateway.fetch(`/v1/orders/${uuidv7()}/timeline`)).status,
      (s) => s === 404,
    );
    await eventually(() => farSide.state({ type: 'sample.begun.v1' }));
  });

  afterAll(async () => {
    await gateway.stop();
    await farSide.close();
    await broker.stop();
    await database.drop();
  });

  const timeline = async (orderId: string, query = ''): Promise<Page<TimelineEntry>> => {
    const response = await gateway.fetch(`/v1/orders/${orderId}/timeline${query}`);
    expect(response.status).toBe(200);
    return (await response.json()) as Page<TimelineEntry>;
  };
  /** Facts this build does not know are facts all the same. */
  const state = (orderId: string, count: number): Promise<unknown> =>
    Promise.all(
      Array.from({ length: count }, (_, index) =>
        farSide.state({ type: `sample.step.v1`, correlationId: orderId, data: { step: index } }),
      ),
    );
  const grown = (orderId: string, length: number) =>
    eventually(
      () => timeline(orderId, '?limit=100'),
      ({ data }) => data.length === length,
    );

  it('tells every fact in the order of the stream, oldest first, whatever their clocks say', async () => {
    const orderId = uuidv7();
    const late = '2026-01-02T00:00:00.000Z';
    const early = '2026-01-01T00:00:00.000Z';
    await farSide.state({
      type: 'sample.first.v1',
      source: '/order',
      time: late,
      correlationId: orderId,
      data: { a: 1 },
    });
    await farSide.state({ type: 'sample.second.v1', source: '/payment', time: early, correlationId: orderId });
    const { data, nextCursor } = await grown(orderId, 2);

    expect(data.map(({ type, source, time }) => ({ type, source, time }))).toEqual([
      { type: 'sample.first.v1', source: '/order', time: late },
      { type: 'sample.second.v1', source: '/payment', time: early },
    ]);
    expect(data[0]!.data).toEqual({ a: 1 });
    expect(nextCursor).toBeNull();
  });

  it('tells a fact once that was published twice', async () => {
    const orderId = uuidv7();
    const fact = { id: uuidv7(), type: 'sample.twice.v1', correlationId: orderId };
    await farSide.state(fact);
    await farSide.state(fact);
    await state(orderId, 1);

    expect((await grown(orderId, 2)).data.map(({ type }) => type)).toEqual(['sample.twice.v1', 'sample.step.v1']);
  });

  it('keeps the facts of other orders, and of none, out', async () => {
    const [mine, other] = [uuidv7(), uuidv7()];
    await state(other, 2);
    await farSide.state({ type: 'sample.stray.v1' });
    await farSide.state({ type: 'sample.stray.v1', correlationId: 'not an order' });
    await state(mine, 1);

    expect((await grown(mine, 1)).data).toHaveLength(1);
    expect((await timeline(other)).data).toHaveLength(2);
  });

  it('keeps what PostgreSQL is picky about', async () => {
    const orderId = uuidv7();
    await farSide.state({
      type: 'sample.odd.v1',
      correlationId: orderId,
      data: { text: 'NUL \u0000, half a pair \ud83d' },
    });

    expect((await grown(orderId, 1)).data[0]!.data).toEqual({ text: 'NUL \u0000, half a pair \ud83d' });
  });

  it('can be read page by page without losing or repeating a fact', async () => {
    const orderId = uuidv7();
    await state(orderId, 25);
    const all = (await grown(orderId, 25)).data.map(({ id }) => id);

    const pages: string[][] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await timeline(orderId, `?limit=10${cursor && `&cursor=${cursor}`}`);
      pages.push(page.data.map(({ id }) => id));
      cursor = page.nextCursor;
    }

    expect(pages.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(pages.flat()).toEqual(all);
  });

  it('answers 400 to a cursor of another timeline', async () => {
    const orderId = uuidv7();
    await state(orderId, 1);
    await grown(orderId, 1);

    expect((await gateway.fetch(`/v1/orders/${orderId}/timeline?cursor=${uuidv7()}`)).status).toBe(400);
  });

  it('is empty for an order whose facts have not arrived, and absent for one that does not exist', async () => {
    const known = uuidv7();
    await farSide.answer('order.show', ({ id }) =>
      id === known ? orderView(known) : new Refused({ status: 404, detail: 'There is no such order.' }),
    );

    expect(await timeline(known)).toEqual({ data: [], nextCursor: null });
    expect((await gateway.fetch(`/v1/orders/${uuidv7()}/timeline`)).status).toBe(404);
  });

  it('is told while the order service is away, once it has begun', async () => {
    const orderId = uuidv7();
    await state(orderId, 1);
    await grown(orderId, 1);
    await farSide.leave('order.show');

    expect((await timeline(orderId)).data).toHaveLength(1);
    expect((await gateway.fetch(`/v1/orders/${uuidv7()}/timeline`)).status).toBe(503);
  });
});
