import { jest } from '@jest/globals';
import { eventually, testDatabase, type TestDatabase } from '@hookshop/testing';
import Stripe from 'stripe';
import { purchase, refusal, type RunningSandbox, startSandbox } from '../../testing/running-sandbox.js';

jest.setTimeout(30_000);

describe('an idempotency key', () => {
  let database: TestDatabase;
  let sandbox: RunningSandbox;

  beforeAll(async () => {
    database = await testDatabase();
    sandbox = await startSandbox(database.url);
  });
  afterEach(() => sandbox.call('PUT', '/provider/behaviour', {}));
  afterAll(async () => {
    await sandbox?.stop();
    await database?.drop();
  });

  const create = (orderId: string, key: string, more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
    sandbox.stripe.paymentIntents.create({ ...purchase(orderId), ...more }, { idempotencyKey: key });
  const charges = async (orderId: string): Promise<number> => {
    const rows = await database.query(`SELECT FROM payment_intents WHERE order_id = $1`, [orderId]);
    return rows.length;
  };

  it('gives the first answer again and charges once', async () => {
    const first = await create('twice', 'twice');
    const second = await create('twice', 'twice');

    expect(second).toEqual(first);
    expect(first.lastResponse.headers).not.toHaveProperty('idempotent-replayed');
    expect(second.lastResponse.headers).toMatchObject({
      'idempotent-replayed': 'true',
      'idempotency-key': 'twice',
      'original-request': first.lastResponse.requestId,
    });
    expect(second.lastResponse.requestId).not.toBe(first.lastResponse.requestId);
    expect(await charges('twice')).toBe(1);
  });

  it('gives the answer of that time, whatever happened since', async () => {
    const intent = await create('since', 'since');
    await sandbox.stripe.refunds.create({ payment_intent: intent.id });

    expect(await create('since', 'since')).toMatchObject({ id: intent.id, status: 'succeeded', amount_received: 9900 });
    expect(await charges('since')).toBe(1);
  });

  it('stands for a decline as well', async () => {
    const declined = () => refusal(create('no', 'no', { payment_method: 'pm_card_chargeDeclined' }));
    const first = await declined();
    const second = await declined();

    expect(second).toMatchObject({ statusCode: 402, decline_code: 'generic_decline' });
    expect(second.payment_intent?.id).toBe(first.payment_intent?.id);
    expect(await charges('no')).toBe(1);
  });

  it('refuses to stand for another request', async () => {
    await create('same', 'same');

    const amount = await refusal(create('same', 'same', { amount: 1 }));
    const endpoint = await refusal(
      sandbox.stripe.refunds.create({ payment_intent: 'pi_1' }, { idempotencyKey: 'same' }),
    );

    for (const error of [amount, endpoint]) {
      expect(error).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
      expect(error.statusCode).toBe(400);
    }
    expect(await charges('same')).toBe(1);
  });

  it('stays free when its request was refused as malformed', async () => {
    await refusal(create('mended', 'mended', { payment_method: 'pm_card_void' }));

    expect(await create('mended', 'mended')).toMatchObject({ status: 'succeeded' });
  });

  it('lets one of several simultaneous requests through', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => create('race', 'race')));

    const ids = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.id] : []));
    const conflicts = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(new Set(ids).size).toBe(1);
    for (const conflict of conflicts)
      expect(conflict).toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' });
    expect(await charges('race')).toBe(1);
  });

  it('is in use while its request is being worked on', async () => {
    await sandbox.call('PUT', '/provider/behaviour', { delayMs: 1_000 });

    const outcomes = await Promise.allSettled([create('slow', 'slow'), create('slow', 'slow')]);

    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { statusCode: 409, code: 'idempotency_key_in_use' },
    });
  });

  it('holds across processes', async () => {
    const neighbour = await startSandbox(database.url);
    try {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) =>
          [sandbox, neighbour].map(({ stripe }) =>
            stripe.paymentIntents.create(purchase(`both-${index}`), { idempotencyKey: `both-${index}` }),
          ),
        ).flat(),
      );

      expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true);
      const rows = await database.query(
        `SELECT order_id FROM payment_intents WHERE order_id LIKE 'both-%' GROUP BY 1 HAVING count(*) = 1`,
      );
      expect(rows).toHaveLength(20);
    } finally {
      await neighbour.stop();
    }
  });

  it('survives a restart', async () => {
    const first = await create('restart', 'restart');
    await sandbox.stop();
    sandbox = await startSandbox(database.url);

    expect(await create('restart', 'restart')).toEqual(first);
    expect(await charges('restart')).toBe(1);
  });

  it('is forgotten after a day', async () => {
    const first = await create('yesterday', 'yesterday');
    const refund = await sandbox.stripe.refunds.create(
      { payment_intent: first.id, amount: 1 },
      { idempotencyKey: 'r-1' },
    );
    await database.query(`UPDATE idempotency_keys SET created_at = now() - interval '24 hours 1 second'`);

    expect((await create('yesterday', 'yesterday')).id).not.toBe(first.id);
    const again = await sandbox.stripe.refunds.create(
      { payment_intent: first.id, amount: 1 },
      { idempotencyKey: 'r-1' },
    );
    expect(again.id).not.toBe(refund.id);
    // And now stands for the new request.
    expect((await create('yesterday', 'yesterday')).lastResponse.headers).toMatchObject({
      'idempotent-replayed': 'true',
    });
  });

  it('gives its place back once it is forgotten', async () => {
    await create('old', 'old');
    await database.query(`UPDATE idempotency_keys SET created_at = now() - interval '24 hours 1 second'`);
    await create('young', 'young');

    await sandbox.stop();
    sandbox = await startSandbox(database.url);

    await eventually(() => database.query<{ key: string }>(`SELECT key FROM idempotency_keys`), [{ key: 'young' }]);
    expect(await charges('old')).toBe(1);
  });

  it('is refused when it is longer than 255 characters', async () => {
    expect(await refusal(create('long', 'k'.repeat(256)))).toMatchObject({ statusCode: 400 });
    expect(await create('long', 'k'.repeat(255))).toMatchObject({ status: 'succeeded' });
  });

  it('protects a charge whose answer never arrived', async () => {
    await sandbox.call('PUT', '/provider/behaviour', { timeoutAfterCharge: true, times: 1 });

    const lost = await refusal(
      sandbox.stripe.paymentIntents.create(purchase('lost'), { idempotencyKey: 'lost', timeout: 200 }),
    );
    expect(lost).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    await eventually(
      () => charges('lost'),
      (count) => count === 1,
    );

    expect((await create('lost', 'lost')).lastResponse.headers).toMatchObject({ 'idempotent-replayed': 'true' });
    expect(await charges('lost')).toBe(1);
  });
});
