import { jest } from '@jest/globals';
import { Logger } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { testBroker, testDatabase, type TestBroker, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { GatewayConfig } from '../gateway.config.js';
import { FarSide } from '../testing/far-side.js';
import { orderView } from '../testing/orders.js';
import { startGateway, type TestGateway } from '../testing/test-gateway.js';
import { deleteOldTimelines } from './delete-old-timelines.js';
import { TimelineRetention } from './timeline-retention.js';

// Boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

describe('the retention of timelines', () => {
  let broker: TestBroker;
  let database: TestDatabase;
  let gateway: TestGateway;
  let farSide: FarSide;
  let retention: TimelineRetention;

  beforeAll(async () => {
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    farSide = await FarSide.join(broker.url);
    gateway = await startGateway({ natsUrl: broker.url, databaseUrl: database.url, timelineRetentionDays: 30 });
    await farSide.answer('order.show', ({ id }) => orderView(id as string));
    // A round of the gateway's own could fall between two facts of an order that a spec is telling.
    await gateway.app.get(TimelineRetention).stop();
    const { app } = gateway;
    retention = new TimelineRetention(app.get(Database), app.get(GatewayConfig), app.get(Logger));
  });
  afterAll(async () => {
    await gateway.stop();
    await farSide.close();
    await broker.stop();
    await database.drop();
  });

  const forget = (): Promise<void> => retention.forget();
  /** An order of which these facts are told: type, and how many days ago. */
  async function told(...facts: [type: string, daysAgo: number][]): Promise<string> {
    const orderId = uuidv7();
    for (const [index, [type, daysAgo]] of facts.entries()) {
      await database.query(
        `INSERT INTO timeline VALUES ($1, $2, $3, $4, '/spec', now() - $5 * interval '1 day', '{}')`,
        [uuidv7(), orderId, index + 1, type, daysAgo],
      );
    }
    return orderId;
  }
  const lengthOf = async (orderId: string): Promise<number> =>
    (await database.query('SELECT FROM timeline WHERE order_id = $1', [orderId])).length;

  it('forgets all that was told of an order that was delivered, or cancelled, long ago', async () => {
    const delivered = await told(['order.placed.v1', 60], ['payment.captured.v1', 60], ['order.delivered.v1', 31]);
    const cancelled = await told(['order.placed.v1', 60], ['order.cancelled.v1', 31]);
    const refunded = await told(
      ['payment.captured.v1', 60],
      ['order.cancelled.v1', 40],
      ['payment.refund-failed.v1', 35],
      ['payment.refunded.v1', 31],
    );
    await forget();

    expect(await Promise.all([delivered, cancelled, refunded].map(lengthOf))).toEqual([0, 0, 0]);
  });

  it.each([
    ['ended a while ago', ['order.placed.v1', 60], ['order.delivered.v1', 29]],
    ['ended long ago, and was spoken of since', ['order.cancelled.v1', 60], ['payment.refund-failed.v1', 29]],
    ['has not ended, however old', ['order.placed.v1', 900], ['order.confirmed.v1', 900]],
    ['was shipped and never delivered', ['order.placed.v1', 900], ['order.shipped.v1', 900]],
    ['was cancelled and whose money is still here', ['payment.captured.v1', 900], ['order.cancelled.v1', 900]],
  ] as [string, ...[string, number][]][])('keeps an order that %s', async (_, ...facts) => {
    const orderId = await told(...facts);
    await forget();

    expect(await lengthOf(orderId)).toBe(2);
  });

  it('leaves an order without a story, which there is all the same', async () => {
    const orderId = await told(['order.delivered.v1', 31]);
    await forget();
    const answer = await gateway.fetch(`/v1/orders/${orderId}/timeline`);

    expect([answer.status, await answer.json()]).toEqual([200, { data: [], nextCursor: null }]);
  });

  it('goes on until none is left, a few at a time', async () => {
    await database.query(
      `INSERT INTO timeline SELECT gen_random_uuid(), gen_random_uuid(), 1, 'order.cancelled.v1', '/many',
         now() - interval '31 days', '{}' FROM generate_series(1, 250)`,
    );
    expect(await deleteOldTimelines(gateway.app.get(Database), 30, 10)).toBe(10);
    await forget();

    expect(await database.query(`SELECT FROM timeline WHERE source = '/many'`)).toEqual([]);
  });
});
