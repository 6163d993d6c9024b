import { jest } from '@jest/globals';
import { Database } from '@hookshop/persistence';
import { OutboundUnderTest } from '../testing/outbound-under-test.js';
import { Receiver } from '../testing/receiver.js';
import { settleAttempts, type Settled } from './settle-attempts.js';
import type { Verdict } from './verdict.js';

// Boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

const EPOCH = 1_000;

describe('settling attempts', () => {
  let shop: OutboundUnderTest;
  let receiver: Receiver;

  beforeAll(async () => {
    shop = await OutboundUnderTest.start();
    receiver = await Receiver.start();
  });
  afterAll(async () => {
    await receiver.stop();
    await shop.stop();
  });

  /** A pending delivery of an endpoint whose lane somebody holds who does nothing; in his hands. */
  const inHand = async (status = 'pending'): Promise<{ id: string; endpointId: string }> => {
    const endpoint = await shop.endpoint(receiver.url, { eventTypes: ['customer.*'] });
    await shop.database.query(
      `UPDATE webhook_lanes SET holder = gen_random_uuid(), epoch = $2, leased_until = now() + interval '1 hour'
       WHERE endpoint_id = $1`,
      [endpoint.id, EPOCH],
    );
    const [row] = await shop.database.query<{ id: string }>(
      `WITH message AS (
         INSERT INTO webhook_messages (id, type, source, subject, sequence, time, superseded, body)
         VALUES (uuidv7(), 'customer.registered.v1', '/crm', 's', 1, now()::text, false, '{}') RETURNING id
       ), delivery AS (
         INSERT INTO webhook_deliveries (id, endpoint_id, partner_id, message_id, status, unresolved_at)
         SELECT uuidv7(), $1, 'demo', id, $2, CASE WHEN $2 <> 'pending' THEN now() END FROM message RETURNING id, message_id
       ), queued AS (
         INSERT INTO webhook_queue (delivery_id, endpoint_id, message_id, sequence, claimed_epoch)
         SELECT id, $1, message_id, 1, $3 FROM delivery WHERE $2 = 'pending'
       )
       SELECT id FROM delivery`,
      [endpoint.id, status, EPOCH],
    );
    return { id: row!.id, endpointId: endpoint.id };
  };

  const attempt = (
    { id, endpointId }: { id: string; endpointId: string },
    verdict: Verdict['status'],
    changes: Partial<Settled> = {},
  ): Settled => ({
    deliveryId: id,
    endpointId,
    epoch: EPOCH,
    startedAt: new Date('2026-01-01T00:00:00Z'),
    outcome: {
      durationMs: { dns: null, connect: null, tls: null, firstByte: 1, total: 2 },
      outcome: verdict === 'delivered' ? 'delivered' : 'failed',
      status: 200,
      responseHeaders: { 'x-answer': ['a', 'b'] },
      responseBody: 'answer',
      truncated: false,
      error: null,
    },
    verdict: {
      status: verdict,
      next: verdict === 'pending' ? 'retry' : 'none',
      pauseSeconds: verdict === 'pending' ? 60 : null,
      unavailable: false,
    },
    ...changes,
  });
  const settle = (attempts: Settled[], again = false) =>
    shop.gateway.app.get(Database).transaction((tx) => settleAttempts(tx, attempts, again));
  const row = async ({ endpointId }: { endpointId: string }) => (await shop.deliveries(endpointId))[0]!;

  it('records the attempt and the next step together, and gives the delivery back', async () => {
    const delivery = await inHand();
    await settle([attempt(delivery, 'pending')]);

    const after = await row(delivery);
    expect(after).toMatchObject({ status: 'pending', attempts: 1, claimed: false });
    expect(after.dueInSeconds).toBeGreaterThan(55);
    expect(await shop.attempts(delivery.endpointId)).toMatchObject([{ number: 1, outcome: 'failed', next: 'retry' }]);
  });

  it('records nothing when any of it cannot be recorded', async () => {
    const [good, bad] = [await inHand(), await inHand()];
    const broken = attempt(bad, 'delivered');
    broken.outcome.responseBody = 'NUL \0';

    await expect(settle([attempt(good, 'delivered'), broken])).rejects.toThrow();
    expect(await row(good)).toMatchObject({ status: 'pending', attempts: 0, claimed: true });
  });

  it('records an attempt once whose commit nobody saw', async () => {
    const delivery = await inHand();
    await settle([attempt(delivery, 'delivered')]);

    expect(await settle([attempt(delivery, 'delivered')], true)).toEqual([]);
    expect(await shop.attempts(delivery.endpointId)).toHaveLength(1);
    expect(await row(delivery)).toMatchObject({ status: 'delivered', attempts: 1 });
  });

  it.each(['exhausted', 'held', 'cancelled'])('makes a delivery that is %s delivered, since it was', async (status) => {
    const delivery = await inHand(status);
    await settle([attempt(delivery, 'delivered')]);

    expect(await row(delivery)).toMatchObject({ status: 'delivered', attempts: 1, unresolved: false });
  });

  it('lets a failure decide nothing about a delivery that is held meanwhile', async () => {
    const delivery = await inHand('held');
    await settle([attempt(delivery, 'pending')]);

    expect(await row(delivery)).toMatchObject({ status: 'held', attempts: 1, dueInSeconds: null, unresolved: true });
    expect(await shop.attempts(delivery.endpointId)).toMatchObject([{ next: 'none' }]);
  });

  it('leaves the next attempt to who has the lane by now', async () => {
    const delivery = await inHand();
    await settle([attempt(delivery, 'pending', { epoch: EPOCH - 1 })]);

    const after = await row(delivery);
    expect(after).toMatchObject({ status: 'pending', attempts: 1, claimed: true });
    expect(after.dueInSeconds).toBeLessThan(1);
  });

  it('adds to the figures of the hour', async () => {
    const delivery = await inHand();
    const later = attempt(delivery, 'exhausted', { startedAt: new Date('2026-01-01T00:01:00Z') });
    // In one transaction both are of the same hour.
    await shop.gateway.app.get(Database).transaction(async (tx) => {
      await settleAttempts(tx, [attempt(delivery, 'pending')], false);
      await settleAttempts(tx, [later], false);
    });

    expect(
      await shop.database.query(
        `SELECT delivered, failed, exhausted, total_ms, max_ms FROM webhook_stats WHERE endpoint_id = $1`,
        [delivery.endpointId],
      ),
    ).toEqual([{ delivered: 0, failed: 2, exhausted: 1, total_ms: 4, max_ms: 2 }]);
  });
});
