import { jest } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@hookshop/testing';
import { purchase, refusal, type RunningSandbox, startSandbox } from '../../testing/running-sandbox.js';

jest.setTimeout(30_000);

describe('an intent that waits for its customer', () => {
  let database: TestDatabase;
  let sandbox: RunningSandbox;

  beforeAll(async () => {
    database = await testDatabase();
    sandbox = await startSandbox(database.url);
  });
  afterAll(async () => {
    await sandbox?.stop();
    await database?.drop();
  });

  const waiting = (orderId: string) =>
    sandbox.stripe.paymentIntents.create(purchase(orderId, 'pm_card_authenticationRequired'));
  const authenticate = (id: string, outcome: string) =>
    sandbox.call('POST', `/provider/payment-intents/${id}/authenticate`, { outcome });

  it('is cancelled, and then nobody can authenticate any more', async () => {
    const intent = await waiting('cancelled');

    const cancelled = await sandbox.stripe.paymentIntents.cancel(intent.id, {
      cancellation_reason: 'requested_by_customer',
    });

    expect(cancelled).toMatchObject({
      id: intent.id,
      status: 'canceled',
      cancellation_reason: 'requested_by_customer',
      canceled_at: expect.any(Number),
    });
    expect(await authenticate(intent.id, 'succeed')).toMatchObject({ status: 409 });
    expect(await sandbox.stripe.paymentIntents.retrieve(intent.id)).toEqual(cancelled);
  });

  it('takes the money once the customer succeeds, and cannot be cancelled any more', async () => {
    const intent = await waiting('authenticated');

    expect(await authenticate(intent.id, 'succeed')).toMatchObject({
      status: 200,
      body: { id: intent.id, status: 'succeeded', capturedInCents: 9900 },
    });

    expect(await sandbox.stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'succeeded',
      amount_received: 9900,
      latest_charge: expect.stringMatching(/^ch_/),
    });
    const error = await refusal(sandbox.stripe.paymentIntents.cancel(intent.id));
    expect(error).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' });
    expect(error.payment_intent).toMatchObject({ id: intent.id, status: 'succeeded' });
  });

  it('takes nothing when the customer fails', async () => {
    const intent = await waiting('failed');

    await authenticate(intent.id, 'fail');

    expect(await sandbox.stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'requires_payment_method',
      amount_received: 0,
      last_payment_error: { code: 'payment_intent_authentication_failure' },
    });
    expect(await authenticate(intent.id, 'succeed')).toMatchObject({ status: 409 });
    expect(await sandbox.stripe.paymentIntents.cancel(intent.id)).toMatchObject({ status: 'canceled' });
  });

  it('is either cancelled or authenticated when both happen at once', async () => {
    const intents = await Promise.all(Array.from({ length: 10 }, (_, index) => waiting(`both-${index}`)));

    const outcomes = await Promise.all(
      intents.map(async ({ id }) => {
        const [cancelled, authenticated] = await Promise.all([
          sandbox.stripe.paymentIntents.cancel(id).then(
            () => true,
            () => false,
          ),
          authenticate(id, 'succeed').then(({ status }) => status === 200),
        ]);
        return { cancelled, authenticated, status: (await sandbox.stripe.paymentIntents.retrieve(id)).status };
      }),
    );

    for (const { cancelled, authenticated, status } of outcomes) {
      expect(cancelled).not.toBe(authenticated);
      expect(status).toBe(cancelled ? 'canceled' : 'succeeded');
    }
  });

  it('gives the same answer to a cancellation with the same key', async () => {
    const intent = await waiting('same-key');
    const cancel = () => sandbox.stripe.paymentIntents.cancel(intent.id, {}, { idempotencyKey: 'cancel-1' });

    const first = await cancel();

    expect(await cancel()).toEqual(first);
    expect(await refusal(sandbox.stripe.paymentIntents.cancel(intent.id))).toMatchObject({
      code: 'payment_intent_unexpected_state',
    });
  });

  it('must exist, and the outcome must be one of two', async () => {
    const intent = await waiting('outcome');

    expect(await refusal(sandbox.stripe.paymentIntents.cancel('pi_none'))).toMatchObject({ statusCode: 404 });
    expect(await authenticate('pi_none', 'succeed')).toMatchObject({ status: 404 });
    expect(await authenticate(intent.id, 'maybe')).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'outcome' }] },
    });
  });
});
