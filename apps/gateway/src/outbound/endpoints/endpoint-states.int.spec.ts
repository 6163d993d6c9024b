import { jest } from '@jest/globals';
import { eventually } from '@hookshop/testing';
import { OutboundUnderTest } from '../testing/outbound-under-test.js';
import { Receiver, status } from '../testing/receiver.js';
import type { EndpointStats } from './show-stats.js';
import { Partner } from './testing/partners.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

describe('the state of an endpoint', () => {
  let shop: OutboundUnderTest;
  let receiver: Receiver;
  let acme: Partner;

  beforeAll(async () => {
    shop = await OutboundUnderTest.start();
    acme = await Partner.join(shop.gateway, 'acme');
  });
  beforeEach(async () => {
    receiver = await Receiver.start();
  });
  afterEach(async () => {
    await shop.database.query(`UPDATE webhook_endpoints SET deleted_at = now() WHERE deleted_at IS NULL`);
    await receiver.stop();
  });
  afterAll(async () => {
    await shop.stop();
  });

  const create = (settings: object = {}) =>
    acme.create({ url: receiver.url, eventTypes: ['order.placed.v1'], retryScheduleSeconds: [3_600], ...settings });
  const statuses = async (id: string): Promise<string[]> => (await shop.deliveries(id)).map((row) => row.status);
  /** An order was placed, the endpoint failed to take it, and the next attempt is an hour away. */
  const waiting = async (id: string): Promise<void> => {
    receiver.answer = status(500);
    await shop.orderPlaced();
    await eventually(
      () => shop.deliveries(id),
      (rows) => rows.length === 1 && rows[0]!.attempts === 1,
    );
  };
  const disabledFacts = (id: string) =>
    shop.database.query(
      `SELECT subject, sequence, body::json->'data' AS data FROM webhook_messages
       WHERE type = 'endpoint.disabled.v1' AND subject = $1`,
      [id],
    );

  it('is disabled by hand: what waits and what comes is held, and one fact tells of it', async () => {
    const { id } = await create();
    await waiting(id);

    expect(await acme.post(`/${id}/disable`)).toMatchObject({ status: 'disabled', disabledReason: 'manual' });
    expect(await statuses(id)).toEqual(['held']);
    await shop.orderPlaced();
    await shop.settled(id, 2, 'held');
    expect(await acme.post(`/${id}/disable`)).toMatchObject({ status: 'disabled' });

    const facts = await eventually(
      () => disabledFacts(id),
      (rows) => rows.length > 0,
    );
    const about = { endpointId: id, partnerId: 'acme', reason: 'manual' };
    expect(facts).toEqual([{ subject: id, sequence: 2, data: expect.objectContaining(about) as object }]);
    expect(receiver.received).toHaveLength(1);
  });

  it('is enabled with a clean slate, and what was held stays so', async () => {
    const { id } = await create();
    await waiting(id);
    await acme.post(`/${id}/disable`);
    await shop.ageLane(id, `circuit = 'open', probe_at = now(), paused_until = now() + interval '1 day'`);
    receiver.answer = status(204);

    expect(await acme.post(`/${id}/enable`)).toMatchObject({
      status: 'enabled',
      disabledReason: null,
      circuit: 'closed',
      pausedUntil: null,
    });

    const fresh = await shop.orderPlaced();
    await eventually(
      () => statuses(id),
      (all) => all.includes('delivered'),
    );
    expect(await statuses(id)).toEqual(['held', 'delivered']);
    expect(receiver.ids.slice(1)).toEqual([fresh]);
    expect(await acme.post(`/${id}/enable`)).toMatchObject({ status: 'enabled' });
  });

  it('holds what a fact left in the queue while it was disabled, before it is enabled', async () => {
    const { id } = await create();
    await waiting(id);
    // As if it had been disabled in the very moment of the fact.
    await shop.database.query(
      `UPDATE webhook_endpoints SET status = 'disabled', disabled_reason = 'manual' WHERE id = $1`,
      [id],
    );

    await acme.post(`/${id}/enable`);

    expect(await statuses(id)).toEqual(['held']);
  });

  it('ends with it: nothing is left but the deliveries, which are cancelled', async () => {
    const { id } = await create();
    await waiting(id);
    await acme.post(`/${id}/disable`);
    await acme.post(`/${id}/enable`);
    await shop.orderPlaced();
    await eventually(
      () => shop.deliveries(id),
      (rows) => rows.length === 2 && rows[1]!.attempts === 1,
    );

    expect((await acme.ask(`/${id}`, { method: 'DELETE' })).status).toBe(204);

    expect(await shop.deliveries(id)).toMatchObject([
      { status: 'cancelled', unresolved: true, dueInSeconds: null },
      { status: 'cancelled', unresolved: true, dueInSeconds: null },
    ]);
    for (const table of ['webhook_secrets', 'webhook_lanes', 'webhook_queue']) {
      expect(await shop.database.query(`SELECT FROM ${table} WHERE endpoint_id = $1`, [id])).toEqual([]);
    }
    expect((await acme.ask(`/${id}`)).status).toBe(404);
    expect((await acme.ask(`/${id}`, { method: 'DELETE' })).status).toBe(404);
    expect(await (await acme.ask('')).text()).not.toContain(id);
  });

  it('shows how it fared: attempts, durations, what waits and what is held', async () => {
    const { id } = await create();
    const stats = async () => (await (await acme.ask(`/${id}/stats`)).json()) as EndpointStats;
    expect(await stats()).toEqual({
      endpointId: id,
      since: expect.stringMatching(/:00:00\.000Z$/) as string,
      attempts: { delivered: 0, failed: 0 },
      exhausted: 0,
      meanDurationMs: null,
      maxDurationMs: null,
      backlog: { pending: 0, inFlight: 0, oldestAgeSeconds: null },
      held: 0,
    });

    await shop.orderPlaced();
    await shop.settled(id, 1);
    receiver.answer = status(500);
    await shop.orderPlaced();
    await eventually(
      () => shop.deliveries(id),
      (rows) => rows.some(({ status: one, attempts }) => one === 'pending' && attempts === 1),
    );
    const busy = await eventually(stats, ({ attempts }) => attempts.delivered + attempts.failed === 2);
    expect(busy).toMatchObject({ attempts: { delivered: 1, failed: 1 }, backlog: { pending: 1, inFlight: 0 } });
    expect(busy.meanDurationMs).toBeGreaterThan(0);
    expect(busy.maxDurationMs).toBeGreaterThanOrEqual(busy.meanDurationMs!);

    await acme.post(`/${id}/disable`);
    expect(await stats()).toMatchObject({ backlog: { pending: 0, inFlight: 0 }, held: 1 });
  });

  it('counts no more than 10,001 held ones', async () => {
    const { id } = await create({ status: 'disabled' });
    await shop.database.query(
      `INSERT INTO webhook_deliveries (id, endpoint_id, partner_id, message_id, status, unresolved_at)
       SELECT uuidv7(), $1, 'acme', uuidv7(), 'held', now() FROM generate_series(1, 10100)`,
      [id],
    );

    expect(((await (await acme.ask(`/${id}/stats`)).json()) as EndpointStats).held).toBe(10_001);
  });

  it('leaves hours out that are more than a day ago', async () => {
    const { id } = await create();
    const delivered = async (): Promise<number> => {
      await shop.database.query('DELETE FROM webhook_stats WHERE endpoint_id = $1', [id]);
      await shop.database.query(
        `INSERT INTO webhook_stats (endpoint_id, hour, delivered) SELECT $1, date_trunc('hour', now()) - ago, 1
         FROM unnest(ARRAY[interval '0', interval '23 hours', interval '24 hours']) AS ago`,
        [id],
      );
      return ((await (await acme.ask(`/${id}/stats`)).json()) as EndpointStats).attempts.delivered;
    };

    // Asked again should another hour have begun in between.
    expect(await eventually(delivered, (count) => count === 2)).toBe(2);
  });
});
