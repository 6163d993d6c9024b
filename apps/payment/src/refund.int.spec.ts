import { DeadLetters, Redriver } from '@hookshop/messaging';
import { Metrics } from '@hookshop/observability';
import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { PaymentUnderTest } from './testing/payment-under-test.js';
import { type Misbehaviour, ProviderStandIn } from './testing/provider-stand-in.js';

describe('A refund', () => {
  let broker: TestBroker;
  let database: TestDatabase;
  let provider: ProviderStandIn;
  let payment: PaymentUnderTest;

  beforeAll(async () => {
    [broker, database, provider] = await Promise.all([testBroker(), testDatabase(), ProviderStandIn.start()]);
    payment = await PaymentUnderTest.start({
      databaseUrl: database.url,
      natsUrl: broker.url,
      providerUrl: provider.url,
    });
  });
  afterAll(async () => {
    await payment?.stop();
    await Promise.all([provider?.stop(), broker?.stop()]);
    await database?.drop();
  });
  beforeEach(() => {
    provider.misbehave = () => undefined;
    provider.refundStatus = 'succeeded';
  });

  const calls = (orderId: string): string[] => {
    payment.hurry();
    return provider.callsOf(orderId);
  };
  const states = (orderId: string, types: string[]) => eventually(() => payment.typesOf(orderId), types);
  const refundsMeet = (misbehaviour: Misbehaviour) => {
    let left = 1;
    provider.misbehave = ({ call }) => (call === 'POST /v1/refunds' && left-- > 0 ? misbehaviour : undefined);
  };
  const keysOf = (orderId: string) =>
    provider.requests
      .filter(({ call, form }) => call === 'POST /v1/refunds' && form.get('metadata[orderId]') === orderId)
      .map(({ key }) => key);
  const cancelledAfterCapture = async (): Promise<string> => {
    const orderId = await payment.requestPayment();
    await states(orderId, ['payment.captured']);
    await payment.cancelOrder(orderId);
    return orderId;
  };

  it('is done once when the provider does it and does not answer', async () => {
    refundsMeet('swallow answer');
    const orderId = await cancelledAfterCapture();

    await states(orderId, ['payment.captured', 'payment.refunded']);
    const { id } = (await payment.payment(orderId))!;
    expect(keysOf(orderId)).toEqual([`refund-${id}`, `refund-${id}`]);
    expect(provider.refundsOf(orderId)).toHaveLength(1);
  });

  it('whose key is forgotten by the provider is found instead of failing', async () => {
    let asked = 0;
    provider.misbehave = ({ call }) => {
      if (call !== 'POST /v1/refunds') return undefined;
      asked += 1;
      if (asked > 1) provider.forgetKeys();
      return asked === 1 ? 'garble answer' : undefined;
    };
    const orderId = await cancelledAfterCapture();

    await states(orderId, ['payment.captured', 'payment.refunded']);
    expect(provider.refundsOf(orderId)).toHaveLength(1);
    expect(provider.callsOf(orderId).slice(1)).toEqual(['POST /v1/refunds', 'POST /v1/refunds', 'GET /v1/refunds']);
  });

  it('that fails is announced once, tried again under another key, and announced when it is done', async () => {
    provider.refundStatus = 'failed';
    const orderId = await cancelledAfterCapture();
    await eventually(
      () => keysOf(orderId).length,
      (count) => count === 2,
    );
    provider.refundStatus = 'succeeded';

    await states(orderId, ['payment.captured', 'payment.refund-failed', 'payment.refunded']);
    expect(payment.factsOf(orderId)[1]!.data).toMatchObject({ reason: 'declined', attempts: 1, amountInCents: 9900 });
    expect(provider.refundsOf(orderId).filter(({ status }) => status === 'succeeded')).toHaveLength(1);
    expect(new Set(keysOf(orderId)).size).toBe(keysOf(orderId).length);
  });

  it('that the provider refuses outright is tried again as well', async () => {
    refundsMeet({ status: 400, body: { error: { type: 'invalid_request_error', code: 'balance_insufficient' } } });
    const orderId = await cancelledAfterCapture();

    await states(orderId, ['payment.captured', 'payment.refund-failed', 'payment.refunded']);
    expect(payment.factsOf(orderId)[1]!.data).toMatchObject({ reason: 'balance_insufficient' });
  });

  it('that was under way and failed in the end is asked for anew', async () => {
    provider.refundStatus = 'pending';
    const orderId = await cancelledAfterCapture();
    await eventually(
      () => calls(orderId),
      (made) => made.some((call) => call.startsWith('GET /v1/refunds/')),
    );
    expect(payment.typesOf(orderId)).toEqual(['payment.captured']);
    provider.refundStatus = 'succeeded';
    provider.refundsOf(orderId)[0]!.status = 'failed';

    await states(orderId, ['payment.captured', 'payment.refund-failed', 'payment.refunded']);
    expect(provider.refundsOf(orderId).map(({ status }) => status)).toEqual(['failed', 'succeeded']);
  });

  it('that fails to the end is a dead letter with every attempt, and done when an operator redrives it', async () => {
    provider.refundStatus = 'failed';
    const orderId = await cancelledAfterCapture();
    const letters = payment.app.get(DeadLetters);
    const { data } = await eventually(
      async () => (await payment.payment(orderId), letters.list({ limit: 10, reaction: 'refund-payments' })),
      (page) => page.data.length === 1,
    );

    expect(data[0]).toMatchObject({
      reaction: 'payment-refund-payments',
      reason: 'exhausted',
      error: 'declined',
      event: { type: 'payment.refund-failed.v1', data: { orderId, amountInCents: 9900, attempts: 3 } },
    });
    expect(data[0]!.attempts.map(({ number, error }) => [number, error])).toEqual([
      [1, 'declined'],
      [2, 'declined'],
      [3, 'declined'],
    ]);
    expect(await payment.payment(orderId)).toMatchObject({ status: 'refund-failed', next_attempt_at: null });
    expect(payment.typesOf(orderId)).toEqual(['payment.captured', 'payment.refund-failed']);
    expect(await payment.app.get(Metrics).registry.metrics()).toMatch(/^payment_refunds_given_up_total 1$/m);

    provider.refundStatus = 'succeeded';
    await letters.requestRedrive({ id: data[0]!.id });
    payment.app.get(Redriver).wake();
    await states(orderId, ['payment.captured', 'payment.refund-failed', 'payment.refunded']);
    expect((await letters.list({ limit: 10 })).data).toEqual([]);
  });
});
