import { jest } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@hookshop/testing';
import { purchase, refusal, type RunningSandbox, startSandbox } from '../../testing/running-sandbox.js';

jest.setTimeout(30_000);

describe('refunding a payment intent', () => {
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

  const paid = (orderId: string) => sandbox.stripe.paymentIntents.create(purchase(orderId));
  const refund = (paymentIntent: string, amount?: number, idempotencyKey?: string) =>
    sandbox.stripe.refunds.create({ payment_intent: paymentIntent, amount }, { idempotencyKey });
  const refunded = async (id: string): Promise<number> => {
    const [row] = await database.query<{ refunded: number }>(
      `SELECT refunded_in_cents::int AS refunded FROM payment_intents WHERE id = $1`,
      [id],
    );
    return row!.refunded;
  };

  it('gives everything back unless told how much', async () => {
    const intent = await paid('all');

    const given = await refund(intent.id);

    expect(given).toMatchObject({
      id: expect.stringMatching(/^re_/),
      object: 'refund',
      amount: 9900,
      currency: 'usd',
      status: 'succeeded',
      payment_intent: intent.id,
      charge: intent.latest_charge,
    });
    expect(await refunded(intent.id)).toBe(9900);
    expect(await sandbox.stripe.refunds.retrieve(given.id)).toEqual(given);
  });

  it('gives parts back, and then only what is left', async () => {
    const intent = await paid('parts');

    await refund(intent.id, 4000);
    const tooMuch = await refusal(refund(intent.id, 5901));
    expect(tooMuch).toMatchObject({ statusCode: 400, param: 'amount' });
    expect(tooMuch.message).toBe('Refund amount ($59.01) is greater than unrefunded amount on charge ($59.00)');
    expect(await refund(intent.id)).toMatchObject({ amount: 5900 });
    expect(await refusal(refund(intent.id, 1))).toMatchObject({ statusCode: 400, code: 'charge_already_refunded' });

    expect(await refunded(intent.id)).toBe(9900);
  });

  it('never gives more back than was taken, however many ask at once', async () => {
    const intent = await paid('crowd');

    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => refund(intent.id, 3000)));

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(await refunded(intent.id)).toBe(9000);
    const [books] = await database.query(
      `SELECT sum(amount_in_cents)::int AS sum FROM refunds WHERE payment_intent_id = $1`,
      [intent.id],
    );
    expect(books).toEqual({ sum: 9000 });
  });

  it('gives back once per idempotency key, and remembers refusals too', async () => {
    const intent = await paid('key');
    const first = await refund(intent.id, 9000, 'key-1');
    const refused = await refusal(refund(intent.id, 9000, 'key-2'));

    expect(await refund(intent.id, 9000, 'key-1')).toEqual(first);
    expect((await refusal(refund(intent.id, 9000, 'key-2'))).message).toBe(refused.message);
    expect((await refusal(refund(intent.id, 9000, 'key-2'))).headers).toMatchObject({ 'idempotent-replayed': 'true' });
    expect(await refunded(intent.id)).toBe(9000);
  });

  it('moves no money when it fails', async () => {
    const intent = await paid('failing');
    await sandbox.call('PUT', '/provider/behaviour', { failRefunds: true, times: 1 });

    const failed = await refund(intent.id);
    expect(failed).toMatchObject({ status: 'failed', amount: 9900, failure_reason: 'declined' });
    expect(await refunded(intent.id)).toBe(0);

    expect(await refund(intent.id)).toMatchObject({ status: 'succeeded', amount: 9900 });
    const listed = await sandbox.stripe.refunds.list({ payment_intent: intent.id });
    expect(listed.data.map(({ status }) => status)).toEqual(['succeeded', 'failed']);
  });

  it('has nothing to give back of a payment that took nothing', async () => {
    const waiting = await sandbox.stripe.paymentIntents.create(purchase('waiting', 'pm_card_authenticationRequired'));

    const error = await refusal(refund(waiting.id));

    expect(error).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError' });
    expect(error.message).toContain('does not have a successful charge to refund');
  });

  it('knows no refund of an intent that is not there', async () => {
    expect(await refusal(refund('pi_none'))).toMatchObject({ statusCode: 404, code: 'resource_missing' });
    expect(await refusal(refund('pi_\0'))).toMatchObject({ statusCode: 400 });
    expect(await refusal(sandbox.stripe.refunds.retrieve('re_none'))).toMatchObject({ statusCode: 404 });
  });
});
