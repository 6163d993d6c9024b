import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { PaymentUnderTest } from './testing/payment-under-test.js';
import { ProviderStandIn, type Misbehaviour, type Request } from './testing/provider-stand-in.js';

describe('A payment that was requested', () => {
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
  });

  const becomes = (orderId: string, status: string) => eventually(() => payment.payment(orderId), { status } as never);
  const states = (orderId: string, types: string[]) => eventually(() => payment.typesOf(orderId), types);
  const charges = (orderId: string) =>
    provider.callsOf(orderId).filter((call) => call === 'POST /v1/payment_intents').length;
  const error = (status: number, type: string): Misbehaviour => ({ status, body: { error: { type, message: type } } });
  /** Misbehaves the first time it is asked for a charge. */
  const once = (misbehaviour: Misbehaviour) => {
    let left = 1;
    provider.misbehave = ({ call }: Request) =>
      call === 'POST /v1/payment_intents' && left-- > 0 ? misbehaviour : undefined;
  };

  it('is charged, and says so to whoever follows the order', async () => {
    const orderId = await payment.requestPayment();

    await states(orderId, ['payment.captured']);
    const [intent] = provider.intentsOf(orderId);
    const row = await becomes(orderId, 'captured');
    expect(row).toMatchObject({ provider_reference: intent!.id, next_attempt_at: null, leased_until: null });
    expect(intent).toMatchObject({ amount: 9900, currency: 'usd', metadata: { orderId, paymentId: row!.id } });
    expect(payment.factsOf(orderId)[0]).toMatchObject({
      subject: row!.id,
      sequence: row!.version,
      correlationId: orderId,
      source: '/payment',
      data: { amountInCents: 9900, currency: 'USD', providerReference: intent!.id },
    });
    const [asked] = await database.query<{ cause: { id: string; traceparent: string } }>(
      'SELECT cause FROM payments WHERE order_id = $1',
      [orderId],
    );
    const fact = payment.factsOf(orderId)[0]!;
    expect(fact.causationId).toBe(asked!.cause.id);
    expect(fact.traceparent!.slice(0, 35)).toBe(asked!.cause.traceparent.slice(0, 35));
  });

  it('twice is charged once', async () => {
    const orderId = await payment.requestPayment();
    await payment.requestPayment('pm_card_visa', orderId);
    await states(orderId, ['payment.captured']);
    await payment.requestPayment('pm_card_visa', orderId);
    const marker = await payment.requestPayment();
    await states(marker, ['payment.captured']);

    expect(charges(orderId)).toBe(1);
    expect(payment.typesOf(orderId)).toEqual(['payment.captured']);
  });

  it('by a card without money is declined with its reason', async () => {
    const orderId = await payment.requestPayment('pm_card_chargeDeclinedInsufficientFunds');

    await states(orderId, ['payment.declined']);
    expect(payment.factsOf(orderId)[0]!.data).toMatchObject({ reason: 'insufficient_funds' });
    expect(await becomes(orderId, 'declined')).toMatchObject({
      decline_reason: 'insufficient_funds',
      next_attempt_at: null,
    });
  });

  it('in a way the provider can never take is declined instead of being tried for ever', async () => {
    const orderId = await payment.requestPayment('a-cheque');

    await states(orderId, ['payment.declined']);
    expect(payment.factsOf(orderId)[0]!.data).toMatchObject({ reason: 'invalid_request' });
    expect(charges(orderId)).toBe(1);
  });

  it('is charged once when the provider charges and does not answer', async () => {
    once('swallow answer');
    const orderId = await payment.requestPayment();

    await states(orderId, ['payment.captured']);
    expect(charges(orderId)).toBe(2);
    expect(provider.intentsOf(orderId)).toHaveLength(1);
    const keys = new Set(
      provider.requests.filter(({ form }) => form.get('metadata[orderId]') === orderId).map(({ key }) => key),
    );
    expect([...keys]).toEqual([`charge-${(await payment.payment(orderId))!.id}`]);
  });

  it.each<[string, Misbehaviour]>([
    ['does not react', 'ignore'],
    ['has a fault', error(500, 'api_error')],
    ['is still busy with the first attempt', error(409, 'idempotency_error')],
    ['wants fewer requests', error(429, 'rate_limit_error')],
    ['does not accept our key', error(401, 'invalid_request_error')],
    ['answers nonsense', { status: 200, body: [] }],
  ])('is tried again when the provider %s', async (_reason, misbehaviour) => {
    once(misbehaviour);
    const orderId = await payment.requestPayment();

    await states(orderId, ['payment.captured']);
    expect(provider.intentsOf(orderId)).toHaveLength(1);
  });

  it('is looked up when its key keeps telling nothing', async () => {
    provider.misbehave = ({ call }) => (call === 'POST /v1/payment_intents' ? 'garble answer' : undefined);
    const orderId = await payment.requestPayment();

    await states(orderId, ['payment.captured']);
    expect(charges(orderId)).toBe(3);
    expect(provider.callsOf(orderId).slice(3)).toEqual([
      'GET /v1/payment_intents/search',
      'GET /v1/payment_intents/:id',
    ]);
  });

  it('is still charged when its key tells nothing and search does not work', async () => {
    let charged = 0;
    provider.misbehave = ({ call }) =>
      call.endsWith('/search')
        ? error(400, 'invalid_request_error')
        : call === 'POST /v1/payment_intents' && ++charged < 5
          ? error(500, 'api_error')
          : undefined;
    const orderId = await payment.requestPayment();

    await states(orderId, ['payment.captured']);
    expect(provider.intentsOf(orderId)).toHaveLength(1);
  });

  it('so long ago that its key is forgotten is looked up before anything else', async () => {
    const orderId = await requestAndCrash();
    provider.forgetKeys();
    await database.query(
      `UPDATE payments SET first_attempt_at = now() - interval '23 hours 1 minute' WHERE order_id = $1`,
      [orderId],
    );
    await endLease(orderId);

    await states(orderId, ['payment.captured']);
    expect(charges(orderId)).toBe(1);
    expect(provider.intentsOf(orderId)).toHaveLength(1);
  });

  it('so long ago that its key is forgotten is charged when the provider never heard of it', async () => {
    once(error(500, 'api_error'));
    const orderId = await requestAndCrash();
    await database.query(
      `UPDATE payments SET first_attempt_at = now() - interval '23 hours 1 minute' WHERE order_id = $1`,
      [orderId],
    );
    await endLease(orderId);

    await states(orderId, ['payment.captured']);
    expect(provider.callsOf(orderId)).toEqual([
      'POST /v1/payment_intents',
      'GET /v1/payment_intents/search',
      'POST /v1/payment_intents',
    ]);
  });

  it('is charged once when the process dies between the charge and its record', async () => {
    const orderId = await requestAndCrash();
    await eventually(
      () => provider.intentsOf(orderId).length,
      (count) => count === 1,
    );
    await endLease(orderId);

    await states(orderId, ['payment.captured']);
    expect(charges(orderId)).toBe(2);
    expect(provider.intentsOf(orderId)).toHaveLength(1);
  });

  /** A process takes the request, asks the provider and dies before it can record the answer. */
  const requestAndCrash = async (): Promise<string> => {
    await database.query(`
      CREATE SEQUENCE crashes;
      CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM nextval('crashes'); RAISE 'the process died'; END $$;
      CREATE TRIGGER crash BEFORE UPDATE ON payments FOR EACH ROW
        WHEN (new.leased_until IS NULL) EXECUTE FUNCTION crash()`);
    try {
      const orderId = await payment.requestPayment();
      await eventually(
        () => database.query<{ is_called: boolean }>('SELECT is_called FROM crashes'),
        [{ is_called: true }],
      );
      return orderId;
    } finally {
      await database.query('DROP TRIGGER crash ON payments; DROP FUNCTION crash; DROP SEQUENCE crashes');
    }
  };
  const endLease = (orderId: string) =>
    database.query(`UPDATE payments SET leased_until = now(), next_attempt_at = now() WHERE order_id = $1`, [orderId]);
});
