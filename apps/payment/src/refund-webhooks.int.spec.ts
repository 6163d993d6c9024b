import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { PaymentUnderTest } from './testing/payment-under-test.js';
import { type Intent, ProviderStandIn, type Refund } from './testing/provider-stand-in.js';
import { chargeEvent, refundEvent } from './testing/stripe-events.js';

describe('A webhook about a refund', () => {
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
      // Nobody looks at anything by himself here.
      environment: { AUTHENTICATION_CHECK_SECONDS: '600', REFUND_BACKOFF_SECONDS: '600' },
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

  const becomes = (orderId: string, row: object) => eventually(() => payment.payment(orderId), row as never);
  const states = (orderId: string, types: string[]) => eventually(() => payment.typesOf(orderId), types);
  const refundCalls = (orderId: string) => provider.callsOf(orderId).slice(1);
  const captured = async (): Promise<{ orderId: string; intent: Intent }> => {
    const orderId = await payment.requestPayment();
    await states(orderId, ['payment.captured']);
    return { orderId, intent: provider.intentsOf(orderId)[0]! };
  };
  const cancelled = async (row: object): Promise<{ orderId: string; intent: Intent; refund: Refund }> => {
    const { orderId, intent } = await captured();
    await payment.cancelOrder(orderId);
    await becomes(orderId, { ...row, leased_until: null });
    return { orderId, intent, refund: provider.refundsOf(orderId)[0]! };
  };
  const underWay = () => {
    provider.refundStatus = 'pending';
    return cancelled({ status: 'refunding', attempts: 1 });
  };
  const unanswered = () => {
    provider.misbehave = ({ call }) => (call === 'POST /v1/refunds' ? 'garble answer' : undefined);
    return cancelled({ status: 'refunding', attempts: 1 });
  };
  const refused = () => {
    provider.refundStatus = 'failed';
    return cancelled({ status: 'refund-failed' });
  };

  it.each([
    ['refund.updated', (refund: Refund) => refundEvent('refund.updated', refund)],
    ['charge.refund.updated', (refund: Refund) => refundEvent('charge.refund.updated', refund)],
    ['charge.refunded', (_refund: Refund, intent: Intent) => chargeEvent('charge.refunded', intent)],
  ])('%s, that is under way has it looked at, and it is done', async (_type, event) => {
    const { orderId, intent, refund } = await underWay();
    refund.status = 'succeeded';
    await payment.hears(event(refund, intent));

    await states(orderId, ['payment.captured', 'payment.refunded']);
    expect(refundCalls(orderId)).toEqual(['POST /v1/refunds', 'GET /v1/refunds/:id']);
  });

  it('that is under way says nothing that was not looked at', async () => {
    const { orderId, refund } = await underWay();
    await payment.hears(refundEvent('refund.updated', { ...refund, status: 'succeeded' }));
    await eventually(
      () => refundCalls(orderId),
      (calls) => calls.includes('GET /v1/refunds/:id'),
    );
    await becomes(orderId, { status: 'refunding', leased_until: null });

    expect(payment.typesOf(orderId)).toEqual(['payment.captured']);
  });

  it('that was never answered has that very refund looked at', async () => {
    const { orderId, refund } = await unanswered();
    await payment.hears(refundEvent('refund.created', refund));

    await states(orderId, ['payment.captured', 'payment.refunded']);
    expect(refundCalls(orderId)).toEqual(['POST /v1/refunds', 'GET /v1/refunds/:id']);
    expect(payment.factsOf(orderId)[1]!.data).toMatchObject({ providerReference: refund.id });
  });

  it('that was never answered has it asked for again under its key when only its charge is told', async () => {
    const { orderId, intent } = await unanswered();
    provider.misbehave = () => undefined;
    await payment.hears(chargeEvent('charge.refunded', intent));

    await states(orderId, ['payment.captured', 'payment.refunded']);
    expect(refundCalls(orderId)).toEqual(['POST /v1/refunds', 'POST /v1/refunds']);
    expect(provider.refundsOf(orderId)).toHaveLength(1);
  });

  it('that comes before the HTTP response states it once', async () => {
    let answer!: () => void;
    const gate = new Promise<void>((resolve) => (answer = resolve));
    provider.misbehave = ({ call }) => (call === 'POST /v1/refunds' ? gate : undefined);
    const { orderId, intent } = await captured();
    await payment.cancelOrder(orderId);
    await eventually(() => (payment.hurry(), provider.refundsOf(orderId)), { length: 1 } as never);
    await payment.hears(chargeEvent('charge.refunded', intent));
    expect(await payment.payment(orderId)).toMatchObject({ status: 'refunding', attempts: 1 });
    await payment.hears(refundEvent('refund.updated', provider.refundsOf(orderId)[0]!));
    await states(orderId, ['payment.captured', 'payment.refunded']);
    const before = await payment.payment(orderId);
    const ended = () => payment.metric('outside_work_seconds_count{work="refund-payments",result="done"}');
    const endedBefore = await ended();
    answer();
    await eventually(ended, (count) => count > endedBefore);

    expect(await payment.payment(orderId)).toEqual(before);
    expect(payment.typesOf(orderId)).toEqual(['payment.captured', 'payment.refunded']);
  });

  it('that is done changes nothing', async () => {
    const { orderId, intent, refund } = await cancelled({ status: 'refunded' });
    const before = await payment.payment(orderId);
    await payment.hears(refundEvent('refund.updated', refund));
    await payment.hears(chargeEvent('charge.refunded', intent));

    expect(await payment.payment(orderId)).toEqual(before);
    expect(payment.typesOf(orderId)).toEqual(['payment.captured', 'payment.refunded']);
  });

  it('that failed keeps the pause before the next one', async () => {
    const { orderId, intent, refund } = await refused();
    const before = await payment.payment(orderId);
    for (const type of ['refund.failed', 'refund.updated', 'charge.refund.updated']) {
      await payment.hears(refundEvent(type, refund));
    }
    await payment.hears(chargeEvent('charge.refunded', intent));

    expect(await payment.payment(orderId)).toEqual(before);
    expect(refundCalls(orderId)).toEqual(['POST /v1/refunds']);
  });

  it('that was under way and failed is announced, and tried again with backoff', async () => {
    const { orderId, refund } = await underWay();
    refund.status = 'failed';
    refund.failure_reason = 'lost_or_stolen_card';
    await payment.hears(refundEvent('refund.failed', refund));

    await states(orderId, ['payment.captured', 'payment.refund-failed']);
    expect(payment.factsOf(orderId)[1]!.data).toMatchObject({ reason: 'lost_or_stolen_card', attempts: 1 });
    const { next_attempt_at: next } = (await becomes(orderId, { refund_reference: null })) as { next_attempt_at: Date };
    expect(next.getTime()).toBeGreaterThan(Date.now() + 500_000);
  });

  it('that somebody made by hand after ours failed ends the matter', async () => {
    const { orderId, intent } = await refused();
    const byHand: Refund = { id: `re_by_hand_${intent.id}`, payment_intent: intent.id, status: 'succeeded' };
    provider.refunds.push(byHand);
    await payment.hears(refundEvent('refund.created', byHand));

    await states(orderId, ['payment.captured', 'payment.refund-failed', 'payment.refunded']);
    expect(provider.refundsOf(orderId)).toHaveLength(2);
  });

  it('of a part, made by hand, is not taken for the whole', async () => {
    const { orderId, intent } = await refused();
    const before = await payment.payment(orderId);
    const part: Refund = { id: `re_part_${intent.id}`, payment_intent: intent.id, status: 'succeeded' };
    await payment.hears(refundEvent('refund.created', part, { amount: 100 }));
    await payment.hears(chargeEvent('charge.refunded', intent, { amount_refunded: 100, refunded: false }));

    expect(await payment.payment(orderId)).toEqual(before);
  });

  it('of an order that nobody cancelled changes nothing', async () => {
    const { orderId, intent } = await captured();
    const before = await payment.payment(orderId);
    await payment.hears(chargeEvent('charge.refunded', intent));

    expect(await payment.payment(orderId)).toEqual(before);
    expect(await payment.metric('provider_webhooks_total{type="charge.refunded",outcome="ignored"}')).toBe(1);
  });

  it('that failed after it had succeeded is a dead letter: a person must return the money', async () => {
    const { orderId, refund } = await cancelled({ status: 'refunded' });
    const id = await payment.receive(refundEvent('refund.failed', { ...refund, status: 'failed' }));

    const refusal = await eventually(async () => (await payment.refusals()).get(id));
    expect(refusal).toContain(`Refund ${refund.id} of order ${orderId} succeeded and then failed`);
    expect(await payment.payment(orderId)).toMatchObject({ status: 'refunded' });
  });
});
