import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { PaymentUnderTest } from './testing/payment-under-test.js';
import { type Intent, type Misbehaviour, ProviderStandIn } from './testing/provider-stand-in.js';
import { intentEvent } from './testing/stripe-events.js';

describe('A webhook about a charge', () => {
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
      environment: { AUTHENTICATION_CHECK_SECONDS: '600', CHARGE_BACKOFF_SECONDS: '600' },
    });
  });
  afterAll(async () => {
    await payment?.stop();
    await Promise.all([provider?.stop(), broker?.stop()]);
    await database?.drop();
  });
  beforeEach(() => {
    provider.misbehave = () => undefined;
  });

  const becomes = (orderId: string, row: object) => eventually(() => payment.payment(orderId), row as never);
  const states = (orderId: string, types: string[]) => eventually(() => payment.typesOf(orderId), types);
  const intentOf = (orderId: string): Intent => provider.intentsOf(orderId)[0]!;
  const succeeded = (intent: Intent) => intentEvent('succeeded', { ...intent, status: 'succeeded' });
  const failed = (intent: Intent) => intentEvent('payment_failed', { ...intent, status: 'requires_payment_method' });
  const canceled = (intent: Intent) => intentEvent('canceled', { ...intent, status: 'canceled' });
  const requested = async (method: string, row: object): Promise<{ orderId: string; intent: Intent }> => {
    const orderId = await payment.requestPayment(method);
    await becomes(orderId, row);
    return { orderId, intent: intentOf(orderId) };
  };
  const captured = () => requested('pm_card_visa', { status: 'captured' });
  const authenticating = () => requested('pm_card_authenticationRequired', { status: 'authenticating' });
  const attemptsEnded = () => payment.metric('outside_work_seconds_count{work="charge-payments",result="done"}');
  /** Requests of this kind are done and not answered before `answer`, which waits until the answer was dealt with. */
  const hold = (kind: RegExp): { answer: () => Promise<void> } => {
    let open!: () => void;
    const gate: Misbehaviour = new Promise<void>((resolve) => (open = resolve));
    provider.misbehave = ({ call }) => (kind.test(call) ? gate : undefined);
    return {
      answer: async () => {
        const before = await attemptsEnded();
        open();
        await eventually(attemptsEnded, (ended) => ended > before);
      },
    };
  };
  const asked = (orderId: string, call: string) =>
    eventually(
      () => (payment.hurry(), provider.callsOf(orderId)),
      (calls) => calls.includes(call),
    );
  const lookNow = (orderId: string) =>
    database.query(`UPDATE payments SET next_attempt_at = now() WHERE order_id = $1`, [orderId]);

  it('captures a payment before its HTTP response does, which then changes nothing', async () => {
    const { answer } = hold(/^POST .*payment_intents$/);
    const orderId = await payment.requestPayment();
    await asked(orderId, 'POST /v1/payment_intents');
    const id = await payment.hears(succeeded(intentOf(orderId)));
    const before = await becomes(orderId, {
      status: 'captured',
      version: 2,
      next_attempt_at: null,
      leased_until: null,
    });
    await answer();

    expect(await payment.payment(orderId)).toEqual(before);
    await states(orderId, ['payment.captured']);
    expect(payment.factsOf(orderId)[0]).toMatchObject({
      subject: before!.id,
      sequence: 2,
      causationId: id,
      correlationId: orderId,
      data: { providerReference: intentOf(orderId).id, amountInCents: 9900, currency: 'USD' },
    });
  });

  it('keeps the trace of the order', async () => {
    const { orderId, intent } = await authenticating();
    await payment.hears(succeeded(intent));
    await states(orderId, ['payment.captured']);
    const [row] = await database.query<{ cause: { traceparent: string } }>(
      'SELECT cause FROM payments WHERE order_id = $1',
      [orderId],
    );

    expect(payment.factsOf(orderId)[0]!.traceparent!.slice(0, 35)).toBe(row!.cause.traceparent.slice(0, 35));
  });

  it('changes nothing when it comes after the HTTP response, twice, or is processed anew', async () => {
    const { orderId, intent } = await captured();
    const before = await payment.payment(orderId);
    const event = succeeded(intent);
    await payment.hears(event);
    await payment.hears(event);

    expect(await payment.payment(orderId)).toEqual(before);
    expect(payment.typesOf(orderId)).toEqual(['payment.captured']);
  });

  it('captures a payment whose charge was never answered; it is not asked for again', async () => {
    provider.misbehave = ({ call }) => (call === 'POST /v1/payment_intents' ? 'swallow answer' : undefined);
    const { orderId, intent } = await requested('pm_card_visa', { status: 'pending', leased_until: null });
    await payment.hears(succeeded(intent));

    await becomes(orderId, { status: 'captured', next_attempt_at: null });
    await states(orderId, ['payment.captured']);
    expect(provider.callsOf(orderId)).toEqual(['POST /v1/payment_intents']);
  });

  it('captures a payment that is just being charged again; the answer changes nothing', async () => {
    provider.misbehave = ({ call }) => (call === 'POST /v1/payment_intents' ? 'garble answer' : undefined);
    const { orderId, intent } = await requested('pm_card_visa', { status: 'pending', leased_until: null });
    const { answer } = hold(/^POST .*payment_intents$/);
    await lookNow(orderId);
    await eventually(
      () => (payment.hurry(), provider.callsOf(orderId)),
      (calls) => calls.length === 2,
    );
    await payment.hears(succeeded(intent));
    const before = await becomes(orderId, { status: 'captured' });
    await answer();

    expect(await payment.payment(orderId)).toEqual(before);
    expect(payment.typesOf(orderId)).toEqual(['payment.captured']);
    expect(provider.intentsOf(orderId)).toHaveLength(1);
  });

  it('captures a payment whose customer authenticated', async () => {
    const { orderId, intent } = await authenticating();
    await payment.hears(succeeded(intent));

    await states(orderId, ['payment.captured']);
    expect(provider.callsOf(orderId)).toEqual(['POST /v1/payment_intents']);
  });

  it('has money returned whose customer authenticated while the order was being cancelled', async () => {
    const { orderId, intent } = await authenticating();
    const { answer } = hold(/cancel$/);
    intent.status = 'succeeded';
    const cancellation = await payment.cancelOrder(orderId);
    await asked(orderId, 'POST /v1/payment_intents/:id/cancel');
    const id = await payment.hears(succeeded(intent));
    await states(orderId, ['payment.captured', 'payment.refunded']);
    const before = await payment.payment(orderId);
    await answer();

    expect(await payment.payment(orderId)).toEqual(before);
    expect(payment.factsOf(orderId).map(({ causationId }) => causationId)).toEqual([id, cancellation]);
    expect(provider.refundsOf(orderId)).toHaveLength(1);
  });

  it('has money returned that turns up when the order is long over', async () => {
    const { orderId, intent } = await authenticating();
    await payment.cancelOrder(orderId);
    await becomes(orderId, { status: 'cancelled' });
    intent.status = 'succeeded';
    await payment.hears(succeeded(intent));

    await states(orderId, ['payment.captured', 'payment.refunded']);
  });

  it('cancels a payment before the answer to its cancellation does', async () => {
    const { orderId, intent } = await authenticating();
    const { answer } = hold(/cancel$/);
    await payment.cancelOrder(orderId);
    await asked(orderId, 'POST /v1/payment_intents/:id/cancel');
    await payment.hears(canceled(intent));
    const before = await becomes(orderId, { status: 'cancelled', next_attempt_at: null });
    await answer();

    expect(await payment.payment(orderId)).toEqual(before);
    expect(payment.typesOf(orderId)).toEqual([]);
  });

  it('declines a payment that the provider gave up, with the reason why', async () => {
    const { orderId, intent } = await authenticating();
    const id = await payment.hears(
      intentEvent('canceled', { ...intent, status: 'canceled' }, { cancellation_reason: 'expired' }),
    );

    await states(orderId, ['payment.declined']);
    expect(payment.factsOf(orderId)[0]).toMatchObject({ causationId: id, data: { reason: 'expired' } });
  });

  it('has the intent closed whose customer failed, so that nothing can be paid any more', async () => {
    const { orderId, intent } = await authenticating();
    intent.status = 'requires_payment_method';
    intent.last_payment_error = { code: 'payment_intent_authentication_failure' };
    await payment.hears(failed(intent));

    await states(orderId, ['payment.declined']);
    expect(payment.factsOf(orderId)[0]!.data).toMatchObject({ reason: 'payment_intent_authentication_failure' });
    expect(intent.status).toBe('canceled');
  });

  it('that a customer failed is not lost on a look that began before', async () => {
    const { orderId, intent } = await authenticating();
    const { answer } = hold(/^GET /);
    await lookNow(orderId);
    await asked(orderId, 'GET /v1/payment_intents/:id');
    provider.misbehave = () => undefined;
    intent.status = 'requires_payment_method';
    await payment.hears(failed(intent));
    await states(orderId, ['payment.declined']);
    const before = await payment.payment(orderId);
    await answer();

    expect(await payment.payment(orderId)).toEqual(before);
    expect(payment.typesOf(orderId)).toEqual(['payment.declined']);
  });

  it('that a customer failed, when he has paid since, has the payment captured', async () => {
    const { orderId, intent } = await authenticating();
    intent.status = 'succeeded';
    await payment.hears(failed(intent));

    await states(orderId, ['payment.captured']);
  });

  it('that a customer failed changes nothing when it comes after the one that he paid', async () => {
    const { orderId, intent } = await authenticating();
    intent.status = 'succeeded';
    await payment.hears(succeeded(intent));
    const before = await becomes(orderId, { status: 'captured' });
    await payment.hears(failed(intent));

    expect(await payment.payment(orderId)).toEqual(before);
    expect(provider.callsOf(orderId)).toEqual(['POST /v1/payment_intents']);
  });

  it('that the card was declined is left to the answer that is on its way', async () => {
    const { answer } = hold(/^POST .*payment_intents$/);
    const orderId = await payment.requestPayment('pm_card_chargeDeclinedInsufficientFunds');
    await asked(orderId, 'POST /v1/payment_intents');
    await payment.hears(failed(intentOf(orderId)));
    expect(await payment.payment(orderId)).toMatchObject({ status: 'pending', attempts: 1 });
    await answer();

    await states(orderId, ['payment.declined']);
    expect(provider.callsOf(orderId)).toEqual(['POST /v1/payment_intents']);
  });

  it('that the card was declined has a payment looked at whose charge was never answered', async () => {
    provider.misbehave = ({ call }) => (call === 'POST /v1/payment_intents' ? 'garble answer' : undefined);
    const { orderId, intent } = await requested('pm_card_chargeDeclinedInsufficientFunds', {
      status: 'pending',
      leased_until: null,
    });
    await payment.hears(failed(intent));

    await states(orderId, ['payment.declined']);
    expect(payment.factsOf(orderId)[0]!.data).toMatchObject({ reason: 'insufficient_funds' });
    expect(provider.callsOf(orderId).filter((call) => call === 'POST /v1/payment_intents')).toHaveLength(1);
  });
});
