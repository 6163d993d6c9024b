import { jest } from '@jest/globals';
import { eventually, testDatabase, type TestDatabase } from '@hookshop/testing';
import Stripe from 'stripe';
import { purchase, refusal, type RunningSandbox, startSandbox } from '../../testing/running-sandbox.js';
import { WebhookReceiver } from '../../testing/webhook-receiver.js';

jest.setTimeout(30_000);

describe('what the provider tells its merchant', () => {
  let database: TestDatabase;
  let receiver: WebhookReceiver;
  let sandbox: RunningSandbox;

  beforeAll(async () => {
    database = await testDatabase();
    receiver = await WebhookReceiver.start();
    sandbox = await startSandbox(database.url, receiver.environment);
  });
  beforeEach(() => {
    receiver.received.length = 0;
  });
  afterAll(async () => {
    await sandbox?.stop();
    await receiver?.stop();
    await database?.drop();
  });

  const pay = (orderId: string, method?: string, idempotencyKey?: string) =>
    sandbox.stripe.paymentIntents.create(purchase(orderId, method), { idempotencyKey });
  const told = (count: number): Promise<Stripe.Event[]> =>
    eventually(
      () => receiver.stripeEvents,
      (events) => events.length >= count,
    );
  const types = () => receiver.stripeEvents.map(({ type }) => type);
  const owed = async (): Promise<number> => {
    const [row] = await database.query<{ count: number }>(`SELECT count(*)::int AS count FROM webhooks`);
    return row!.count;
  };

  it('is that a payment succeeded, in the very words of the API', async () => {
    const intent = await pay('good', 'pm_card_visa', 'key-good');

    const [event] = await told(1);

    expect(event).toEqual({
      id: expect.stringMatching(/^evt_\w+$/),
      object: 'event',
      api_version: '2026-10-28.endive',
      created: expect.any(Number),
      data: { object: JSON.parse(JSON.stringify(intent)) },
      livemode: false,
      pending_webhooks: 1,
      request: { id: intent.lastResponse.requestId, idempotency_key: 'key-good' },
      type: 'payment_intent.succeeded',
    });
  });

  it('is that a payment was declined', async () => {
    const { payment_intent: intent } = await refusal(pay('declined', 'pm_card_chargeDeclined'));

    expect(await told(1)).toMatchObject([{ type: 'payment_intent.payment_failed', data: { object: intent } }]);
  });

  it('is that the customer is asked to authenticate, and what came of it', async () => {
    const succeeding = await pay('succeeding', 'pm_card_authenticationRequired');
    const failing = await pay('failing', 'pm_card_authenticationRequired');
    await told(2);
    expect(types()).toEqual(['payment_intent.requires_action', 'payment_intent.requires_action']);

    await sandbox.call('POST', `/provider/payment-intents/${succeeding.id}/authenticate`, { outcome: 'succeed' });
    await told(3);
    await sandbox.call('POST', `/provider/payment-intents/${failing.id}/authenticate`, { outcome: 'fail' });
    await told(4);
    await sandbox.call('POST', `/provider/payment-intents/${failing.id}/authenticate`, { outcome: 'succeed' });

    const shown = await sandbox.stripe.paymentIntents.retrieve(succeeding.id);
    expect(receiver.stripeEvents.slice(2)).toMatchObject([
      {
        type: 'payment_intent.succeeded',
        data: { object: JSON.parse(JSON.stringify(shown)) },
        request: { id: null, idempotency_key: null },
      },
      {
        type: 'payment_intent.payment_failed',
        data: { object: { id: failing.id, last_payment_error: { code: 'payment_intent_authentication_failure' } } },
      },
    ]);
  });

  it('is that an intent was cancelled, once', async () => {
    const intent = await pay('cancelled', 'pm_card_authenticationRequired');
    const cancelled = await sandbox.stripe.paymentIntents.cancel(intent.id, {}, { idempotencyKey: 'cancel' });
    await sandbox.stripe.paymentIntents.cancel(intent.id, {}, { idempotencyKey: 'cancel' });
    await refusal(sandbox.stripe.paymentIntents.cancel(intent.id));

    await told(2);

    expect(receiver.stripeEvents.find(({ type }) => type === 'payment_intent.canceled')).toMatchObject({
      data: { object: JSON.parse(JSON.stringify(cancelled)) },
      request: { idempotency_key: 'cancel' },
    });
    expect(await sandbox.call('GET', '/webhooks?sender=stripe&limit=2')).toMatchObject({
      body: { data: [{ type: 'payment_intent.canceled' }, { type: 'payment_intent.requires_action' }] },
    });
  });

  it('is what a charge has given back so far', async () => {
    const intent = await pay('refunded');
    await told(1);
    await sandbox.stripe.refunds.create({ payment_intent: intent.id, amount: 900 }, { idempotencyKey: 'part' });
    await told(2);
    await sandbox.stripe.refunds.create({ payment_intent: intent.id, amount: 900 }, { idempotencyKey: 'part' });
    await sandbox.stripe.refunds.create({ payment_intent: intent.id });
    await told(3);
    await refusal(sandbox.stripe.refunds.create({ payment_intent: intent.id }));

    const charge = { object: 'charge', id: intent.latest_charge, payment_intent: intent.id, amount: 9900 };
    expect(receiver.stripeEvents.slice(1)).toMatchObject([
      {
        type: 'charge.refunded',
        data: { object: { ...charge, amount_refunded: 900, refunded: false, metadata: { orderId: 'refunded' } } },
      },
      { type: 'charge.refunded', data: { object: { ...charge, amount_refunded: 9900, refunded: true } } },
    ]);
  });

  it('is that a refund failed', async () => {
    const intent = await pay('unrefundable');
    await told(1);
    await sandbox.call('PUT', '/provider/behaviour', { failRefunds: true, times: 1 });

    const refund = await sandbox.stripe.refunds.create({ payment_intent: intent.id });

    await told(2);
    expect(receiver.stripeEvents[1]).toMatchObject({
      type: 'refund.failed',
      data: { object: JSON.parse(JSON.stringify(refund)) },
    });
  });

  it('is nothing new when a request comes again', async () => {
    const before = await owed();
    await pay('again', 'pm_card_visa', 'again');
    await refusal(pay('again-declined', 'pm_card_chargeDeclined', 'again-declined'));
    for (const _ of [1, 2]) {
      await pay('again', 'pm_card_visa', 'again');
      await refusal(pay('again-declined', 'pm_card_chargeDeclined', 'again-declined'));
    }

    expect((await owed()) - before).toBe(2);
  });

  it('is nothing about requests that were refused', async () => {
    const before = await owed();

    await refusal(pay('unknown', 'pm_card_void'));
    await refusal(sandbox.stripe.refunds.create({ payment_intent: 'pi_none' }));

    expect(await owed()).toBe(before);
  });

  it('is each of many payments that arrive together, once', async () => {
    const orders = Array.from({ length: 80 }, (_, index) => `crowd-${index}`);

    await Promise.allSettled(
      orders.map((order, index) => pay(order, index % 4 === 0 ? 'pm_card_chargeDeclined' : 'pm_card_visa', order)),
    );

    const events = await told(80);
    const about = events.map(({ data }) => (data.object as Stripe.PaymentIntent).metadata['orderId']);
    expect(about.sort()).toEqual([...orders].sort());
    expect(types().filter((type) => type === 'payment_intent.payment_failed')).toHaveLength(20);
  });

  it('is nothing, and stays nothing, where it has no address', async () => {
    const quiet = await startSandbox(database.url);
    try {
      const before = await owed();
      const intent = await quiet.stripe.paymentIntents.create(purchase('quiet', 'pm_card_authenticationRequired'));
      await quiet.stripe.paymentIntents.cancel(intent.id);

      expect(await owed()).toBe(before);
    } finally {
      await quiet.stop();
    }
  });
});
