import { jest } from '@jest/globals';
import { eventually, testDatabase, type TestDatabase } from '@hookshop/testing';
import Stripe from 'stripe';
import { purchase, refusal, type RunningSandbox, startSandbox } from '../../testing/running-sandbox.js';
import { WebhookReceiver } from '../../testing/webhook-receiver.js';

jest.setTimeout(30_000);

describe('a provider that tells its merchant badly', () => {
  let database: TestDatabase;
  let receiver: WebhookReceiver;
  let sandbox: RunningSandbox;

  beforeAll(async () => {
    database = await testDatabase();
  });
  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
    sandbox = await startSandbox(database.url, receiver.environment);
  });
  afterEach(async () => {
    await sandbox.stop();
    await receiver.stop();
    await database.query('TRUNCATE webhooks');
  });
  afterAll(() => database?.drop());

  const behave = (wanted: object) => sandbox.call('PUT', '/provider/behaviour', wanted);
  const pay = (orderId: string, method?: string, timeout?: number) =>
    sandbox.stripe.paymentIntents.create(purchase(orderId, method), { timeout });
  const types = () => receiver.stripeEvents.map(({ type }) => type);
  const settled = () =>
    eventually(
      async () => (await sandbox.call('GET', '/webhooks')).body.data as { status: string }[],
      (rows) => rows.length > 0 && rows.every(({ status }) => status === 'delivered'),
    );

  it('tells the same event twice, as often as it is told to', async () => {
    await behave({ webhookTwice: true, times: 1 });

    await pay('twice');
    await eventually(() => receiver.received.length === 2);
    await pay('once');
    await eventually(() => receiver.received.length === 3);
    await settled();

    const [first, second, third] = receiver.stripeEvents;
    expect(second).toEqual(first);
    expect(third!.id).not.toBe(first!.id);
    expect(receiver.received).toHaveLength(3);
  });

  it('tells twice what the customer did', async () => {
    const intent = await pay('asked', 'pm_card_authenticationRequired');
    await behave({ webhookTwice: true, webhookFirst: true, times: 1 });

    await sandbox.call('POST', `/provider/payment-intents/${intent.id}/authenticate`, { outcome: 'succeed' });
    await pay('well again');

    await eventually(() => receiver.received.length === 4);
    expect(types().filter((type) => type === 'payment_intent.succeeded')).toHaveLength(3);
  });

  it('answers a payment, a cancellation and a refund after their webhooks were', async () => {
    await behave({ webhookFirst: true });
    const answers: (() => void)[] = [];
    receiver.answer = () => new Promise((resolve) => answers.push(() => resolve(200)));
    const heldUntilAnswered = async <T>(call: Promise<T>): Promise<T> => {
      let answered = false;
      void call.then(() => (answered = true));
      await eventually(() => answers.length === 1);
      expect(answered).toBe(false);
      answers.pop()!();
      return call;
    };

    const waiting = await heldUntilAnswered(pay('waiting', 'pm_card_authenticationRequired'));
    await heldUntilAnswered(sandbox.stripe.paymentIntents.cancel(waiting.id));
    const paid = await heldUntilAnswered(pay('paid'));
    await heldUntilAnswered(sandbox.stripe.refunds.create({ payment_intent: paid.id }));

    expect(types()).toEqual([
      'payment_intent.requires_action',
      'payment_intent.canceled',
      'payment_intent.succeeded',
      'charge.refunded',
    ]);
  });

  it('tells at once', async () => {
    await behave({ webhookFirst: true });

    const begun = performance.now();
    for (let index = 0; index < 10; index += 1) await pay(`soon-${index}`);

    // Looking once a second would take ten times as long.
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  it('answers at once without being told otherwise, and when there is nothing to wait for', async () => {
    receiver.answer = () => null;
    expect(await pay('races', undefined, 4_000)).toMatchObject({ status: 'succeeded' });

    await behave({ webhookFirst: true, webhookNever: true });
    expect(await pay('lost', undefined, 4_000)).toMatchObject({ status: 'succeeded' });
    expect((await sandbox.call('GET', '/webhooks')).body.data).toHaveLength(1);
  });

  it('waits five seconds at most for a webhook to be answered', async () => {
    receiver.answer = () => null;
    await behave({ webhookFirst: true });

    const begun = performance.now();
    await pay('patient', undefined, 10_000);

    expect(performance.now() - begun).toBeGreaterThan(4_900);
    expect(performance.now() - begun).toBeLessThan(8_000);
  });

  it('is content with any answer', async () => {
    receiver.answer = () => 500;
    await behave({ webhookFirst: true });

    expect(await pay('refused', undefined, 4_000)).toMatchObject({ status: 'succeeded' });
  });

  it('still answers what waits for its webhook when it is stopped', async () => {
    const answer = Promise.withResolvers<number>();
    receiver.answer = () => answer.promise;
    await behave({ webhookFirst: true });
    const waiting = pay('stopped');
    await eventually(() => receiver.received.length === 1);

    const stopped = sandbox.stop();
    answer.resolve(200);

    expect(await waiting).toMatchObject({ status: 'succeeded' });
    await stopped;
    sandbox = await startSandbox(database.url, receiver.environment);
  });

  it('tells of a payment that it never answers', async () => {
    await behave({ timeoutAfterCharge: true, webhookTwice: true, webhookFirst: true, delayMs: 50, times: 1 });

    const lost = await refusal(pay('lost', undefined, 700));

    expect(lost).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    await eventually(types, ['payment_intent.succeeded', 'payment_intent.succeeded']);
    expect(await pay('well', undefined, 4_000)).toMatchObject({ status: 'succeeded' });
  });

  it('loses what it should have told', async () => {
    await behave({ webhookNever: true, times: 2 });
    const intent = await pay('lost', 'pm_card_authenticationRequired');
    await sandbox.call('POST', `/provider/payment-intents/${intent.id}/authenticate`, { outcome: 'succeed' });

    await pay('told');

    await eventually(() => receiver.received.length > 0);
    await settled();
    expect(receiver.stripeEvents).toMatchObject([{ data: { object: { metadata: { orderId: 'told' } } } }]);
    expect(await sandbox.stripe.paymentIntents.retrieve(intent.id)).toMatchObject({ status: 'succeeded' });
  });
});
