import { jest } from '@jest/globals';
import { eventually, testDatabase, type TestDatabase } from '@hookshop/testing';
import Stripe from 'stripe';
import { purchase, refusal, type RunningSandbox, startSandbox } from '../../testing/running-sandbox.js';

jest.setTimeout(30_000);

describe('a misbehaving provider', () => {
  let database: TestDatabase;
  let sandbox: RunningSandbox;

  beforeAll(async () => {
    database = await testDatabase();
  });
  beforeEach(async () => {
    sandbox = await startSandbox(database.url);
  });
  afterEach(() => sandbox.stop());
  afterAll(() => database?.drop());

  const hangs = (orderId: string) =>
    refusal(sandbox.stripe.paymentIntents.create(purchase(orderId), { timeout: 400 })).then(
      (error) => error instanceof Stripe.errors.StripeConnectionError,
    );

  it('books the charge and never answers, as often as it is told', async () => {
    await sandbox.call('PUT', '/provider/behaviour', { timeoutAfterCharge: true, times: 2 });

    expect([await hangs('hang-1'), await hangs('hang-2')]).toEqual([true, true]);
    expect(await sandbox.stripe.paymentIntents.create(purchase('answered'))).toMatchObject({ status: 'succeeded' });

    await eventually(
      () => database.query<{ status: string }>(`SELECT status FROM payment_intents WHERE order_id LIKE 'hang-%'`),
      [{ status: 'succeeded' }, { status: 'succeeded' }],
    );
  });

  it('never answers until it is well again', async () => {
    await sandbox.call('PUT', '/provider/behaviour', { timeoutAfterCharge: true });
    expect([await hangs('on-1'), await hangs('on-2'), await hangs('on-3')]).toEqual([true, true, true]);

    expect(await sandbox.call('PUT', '/provider/behaviour', {})).toEqual({ status: 200, body: {} });
    expect(await sandbox.stripe.paymentIntents.create(purchase('off'))).toMatchObject({ status: 'succeeded' });
  });

  it('stops at once, although a client is still waiting for its answer', async () => {
    await sandbox.call('PUT', '/provider/behaviour', { timeoutAfterCharge: true });
    const waiting = sandbox.stripe.paymentIntents
      .create(purchase('waiting'), { timeout: 60_000 })
      .catch((error) => error);
    await expect(hangs('other')).resolves.toBe(true);

    const begun = performance.now();
    await sandbox.stop();

    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(await waiting).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    sandbox = await startSandbox(database.url);
  });

  it('takes its time', async () => {
    await sandbox.call('PUT', '/provider/behaviour', { delayMs: 300, times: 1 });

    const begun = performance.now();
    await sandbox.stripe.paymentIntents.create(purchase('slow'));

    expect(performance.now() - begun).toBeGreaterThan(290);
  });

  it.each([
    { delayMs: -1 },
    { delayMs: 60_001 },
    { delayMs: '5' },
    { timeoutAfterCharge: 'yes' },
    { failRefunds: 1 },
    { times: 0 },
    { webhookTwice: 2 },
    { webhookFirst: 'yes' },
    { webhookNever: null, times: 1, other: 1 },
    [],
  ])('cannot be told %j', async (wanted) => {
    expect(await sandbox.call('PUT', '/provider/behaviour', wanted)).toMatchObject({ status: 400 });
  });
});
