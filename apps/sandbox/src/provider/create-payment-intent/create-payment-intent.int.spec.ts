import { jest } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@hookshop/testing';
import Stripe from 'stripe';
import { purchase, refusal, type RunningSandbox, startSandbox } from '../../testing/running-sandbox.js';

jest.setTimeout(30_000);

describe('creating a payment intent with the official SDK', () => {
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

  const booked = (orderId: string) =>
    database.query(
      `SELECT id, amount_in_cents::int AS amount, captured_in_cents::int AS captured, currency, status, method,
              idempotency_key AS key
       FROM payment_intents WHERE order_id = $1`,
      [orderId],
    );

  it('takes the money of a good card at once', async () => {
    const intent = await sandbox.stripe.paymentIntents.create(purchase('good'), { idempotencyKey: 'key-good' });

    expect(intent).toMatchObject({
      id: expect.stringMatching(/^pi_\w+$/),
      object: 'payment_intent',
      amount: 9900,
      amount_received: 9900,
      currency: 'usd',
      status: 'succeeded',
      latest_charge: expect.stringMatching(/^ch_/),
      last_payment_error: null,
      livemode: false,
      metadata: { orderId: 'good' },
    });
    expect(Math.abs(intent.created - Date.now() / 1000)).toBeLessThan(60);
    expect(intent.lastResponse.requestId).toMatch(/^req_/);
    expect(await booked('good')).toEqual([
      {
        id: intent.id,
        amount: 9900,
        captured: 9900,
        currency: 'USD',
        status: 'succeeded',
        method: 'pm_card_visa',
        key: 'key-good',
      },
    ]);
  });

  it.each([
    ['pm_card_chargeDeclined', 'generic_decline', 'Your card was declined.'],
    ['pm_card_chargeDeclinedInsufficientFunds', 'insufficient_funds', 'Your card has insufficient funds.'],
  ])('declines %s with %s and keeps the intent without its card', async (method, declineCode, message) => {
    const error = await refusal(sandbox.stripe.paymentIntents.create(purchase(method, method)));

    expect(error).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(error).toMatchObject({ statusCode: 402, code: 'card_declined', decline_code: declineCode, message });
    expect(error.payment_intent).toMatchObject({
      status: 'requires_payment_method',
      payment_method: null,
      amount_received: 0,
      last_payment_error: { code: 'card_declined', decline_code: declineCode },
      metadata: { orderId: method },
    });
    expect(await booked(method)).toMatchObject([{ captured: 0, status: 'requires_payment_method', method }]);
  });

  it('waits for the customer where the bank wants to see them', async () => {
    const intent = await sandbox.stripe.paymentIntents.create(purchase('asks', 'pm_card_authenticationRequired'));
    const elsewhere = await sandbox.stripe.paymentIntents.create({
      ...purchase('asks-elsewhere', 'pm_card_authenticationRequired'),
      return_url: 'https://shop.example/done',
    });

    expect(intent).toMatchObject({
      status: 'requires_action',
      amount_received: 0,
      latest_charge: null,
      next_action: { type: 'use_stripe_sdk' },
    });
    expect(elsewhere.next_action).toMatchObject({
      type: 'redirect_to_url',
      redirect_to_url: { return_url: 'https://shop.example/done' },
    });
    expect(await booked('asks')).toMatchObject([{ captured: 0, status: 'requires_action' }]);
  });

  it('refuses a card nobody knows and books nothing', async () => {
    const error = await refusal(sandbox.stripe.paymentIntents.create(purchase('unknown', 'pm_card_void')));

    expect(error).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
    expect(error).toMatchObject({ statusCode: 400, code: 'resource_missing', param: 'payment_method' });
    expect(await booked('unknown')).toEqual([]);
  });

  it('books every one of many intents that arrive together, each for itself', async () => {
    const orders = Array.from({ length: 60 }, (_, index) => `crowd-${index}`);
    const outcomes = await Promise.allSettled(
      orders.map((order, index) =>
        sandbox.stripe.paymentIntents.create(
          purchase(order, index % 3 === 0 ? 'pm_card_chargeDeclined' : 'pm_card_visa'),
          { idempotencyKey: order },
        ),
      ),
    );

    expect(outcomes.map(({ status }) => status)).toEqual(
      orders.map((_, index) => (index % 3 === 0 ? 'rejected' : 'fulfilled')),
    );
    const [books] = await database.query(
      `SELECT count(*)::int AS intents, sum(captured_in_cents)::int AS captured
       FROM payment_intents WHERE order_id LIKE 'crowd-%'`,
    );
    expect(books).toEqual({ intents: 60, captured: 40 * 9900 });
  });
});
