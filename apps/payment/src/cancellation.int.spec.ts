import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { PaymentUnderTest } from './testing/payment-under-test.js';
import { type Misbehaviour, ProviderStandIn } from './testing/provider-stand-in.js';

describe('When an order is cancelled, its payment', () => {
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
      // Customers take their time here.
      environment: { AUTHENTICATION_CHECK_SECONDS: '600', STRIPE_CONCURRENCY: '2' },
    });
  });
  afterAll(async () => {
    await payment?.stop();
    await Promise.all([provider?.stop(), broker?.stop()]);
    await database?.drop();
  });
  beforeEach(() => {
    provider.misbehave = () => undefined;
    provider.searchable = true;
  });

  const becomes = (orderId: string, status: string) => eventually(() => payment.payment(orderId), { status } as never);
  const calls = (orderId: string): string[] => {
    payment.hurry();
    return provider.callsOf(orderId);
  };
  const states = (orderId: string, types: string[]) => eventually(() => payment.typesOf(orderId), types);
  const chargesBy = (orderId: string) =>
    provider.callsOf(orderId).filter((call) => call === 'POST /v1/payment_intents').length;
  /** Orders' facts are handled in the order of the stream here: when the marker is done, so is what came before it. */
  const everythingBeforeIsHandled = async () => {
    const marker = await payment.requestPayment();
    await states(marker, ['payment.captured']);
  };
  const chargesMeet = (misbehaviour: Misbehaviour) => {
    provider.misbehave = ({ call }) => (call === 'POST /v1/payment_intents' ? misbehaviour : undefined);
  };
  const closedGate = () => {
    let open!: () => void;
    const gate = new Promise<void>((resolve) => (open = resolve));
    return { gate, open };
  };
  const inFlight = async (method: string): Promise<{ orderId: string; cancellation: string; answer: () => void }> => {
    const { gate, open } = closedGate();
    chargesMeet(gate);
    const orderId = await payment.requestPayment(method);
    await eventually(
      () => chargesBy(orderId),
      (count) => count === 1,
    );
    const cancellation = await payment.cancelOrder(orderId);
    await becomes(orderId, 'cancelling');
    return { orderId, cancellation, answer: open };
  };

  it('is never charged when it is requested only afterwards', async () => {
    const orderId = uuidv7();
    await payment.cancelOrder(orderId);
    await becomes(orderId, 'cancelled');
    await payment.requestPayment('pm_card_visa', orderId);
    await everythingBeforeIsHandled();

    expect(await payment.payment(orderId)).toMatchObject({ status: 'cancelled', version: 1, amount_in_cents: null });
    expect(provider.callsOf(orderId)).toEqual([]);
    expect(payment.typesOf(orderId)).toEqual([]);
  });

  it('is cancelled without a word when nobody has attempted it yet', async () => {
    const { gate, open } = closedGate();
    chargesMeet(gate);
    const orderIds = await Promise.all(Array.from({ length: 30 }, () => payment.requestPayment()));
    const waiting = await eventually(
      () =>
        database.query<{ order_id: string }>(
          `SELECT order_id FROM payments WHERE order_id = ANY ($1) AND first_attempt_at IS NULL`,
          [orderIds],
        ),
      (rows) => rows.length >= 10,
    );
    const orderId = waiting.at(-1)!.order_id;
    await payment.cancelOrder(orderId);
    await becomes(orderId, 'cancelled');
    open();
    for (const other of orderIds.filter((id) => id !== orderId)) await states(other, ['payment.captured']);

    expect(provider.callsOf(orderId)).toEqual([]);
    expect(payment.typesOf(orderId)).toEqual([]);
  });

  it('is returned when the provider was just taking the money', async () => {
    const { orderId, cancellation, answer } = await inFlight('pm_card_visa');
    expect(provider.intentsOf(orderId)).toHaveLength(1);
    answer();

    await states(orderId, ['payment.captured', 'payment.refunded']);
    expect(provider.callsOf(orderId)).toEqual(['POST /v1/payment_intents', 'POST /v1/refunds']);
    const [captured, refunded] = payment.factsOf(orderId);
    expect(refunded!.sequence).toBeGreaterThan(captured!.sequence);
    expect(refunded!.causationId).toBe(cancellation);
    expect(captured!.causationId).not.toBe(cancellation);
  });

  it('just ends when the provider was just declining it', async () => {
    const { orderId, answer } = await inFlight('pm_card_chargeDeclinedInsufficientFunds');
    answer();

    await becomes(orderId, 'cancelled');
    expect(payment.typesOf(orderId)).toEqual([]);
  });

  it('is closed at the provider when it was just about to ask the customer', async () => {
    const { orderId, answer } = await inFlight('pm_card_authenticationRequired');
    answer();

    await becomes(orderId, 'cancelled');
    expect(provider.intentsOf(orderId)).toMatchObject([{ status: 'canceled' }]);
    expect(payment.typesOf(orderId)).toEqual([]);
  });

  it('is found and returned, and never charged again, when its outcome is unknown', async () => {
    provider.searchable = false;
    chargesMeet('garble answer');
    const orderId = await payment.requestPayment();
    await eventually(
      () => provider.intentsOf(orderId).length,
      (count) => count === 1,
    );
    await payment.cancelOrder(orderId);
    await becomes(orderId, 'cancelling');
    await eventually(
      () => calls(orderId),
      (made) => made.filter((call) => call.endsWith('/search')).length > 1,
    );
    const charged = chargesBy(orderId);
    expect(await payment.payment(orderId)).toMatchObject({ status: 'cancelling' });
    provider.searchable = true;

    await states(orderId, ['payment.captured', 'payment.refunded']);
    expect(chargesBy(orderId)).toBe(charged);
    expect(provider.refundsOf(orderId)).toHaveLength(1);
  });

  it('ends when the provider would know of it by now and does not', async () => {
    chargesMeet('ignore');
    const orderId = await payment.requestPayment();
    await eventually(
      () => chargesBy(orderId),
      (count) => count === 1,
    );
    await payment.cancelOrder(orderId);
    await eventually(
      () => calls(orderId),
      (made) => made.some((call) => call.endsWith('/search')),
    );
    expect(await payment.payment(orderId)).toMatchObject({ status: 'cancelling' });
    await database.query(`UPDATE payments SET last_attempt_at = now() - interval '6 minutes' WHERE order_id = $1`, [
      orderId,
    ]);

    await becomes(orderId, 'cancelled');
    expect(chargesBy(orderId)).toBe(1);
    expect(payment.typesOf(orderId)).toEqual([]);
  });

  it('is closed at the provider while the customer authenticates', async () => {
    const orderId = await payment.requestPayment('pm_card_authenticationRequired');
    await becomes(orderId, 'authenticating');
    await payment.cancelOrder(orderId);

    await becomes(orderId, 'cancelled');
    expect(provider.intentsOf(orderId)).toMatchObject([{ status: 'canceled' }]);
    expect(payment.typesOf(orderId)).toEqual([]);
  });

  it('is returned when the customer authenticated just before', async () => {
    const orderId = await payment.requestPayment('pm_card_authenticationRequired');
    await becomes(orderId, 'authenticating');
    provider.intentsOf(orderId)[0]!.status = 'succeeded';
    await payment.cancelOrder(orderId);

    await states(orderId, ['payment.captured', 'payment.refunded']);
    expect(await becomes(orderId, 'refunded')).toMatchObject({ next_attempt_at: null, leased_until: null });
  });

  it('is returned when it was captured, once however often the order is cancelled', async () => {
    const orderId = await payment.requestPayment();
    await states(orderId, ['payment.captured']);
    await payment.cancelOrder(orderId);
    await payment.cancelOrder(orderId);
    await states(orderId, ['payment.captured', 'payment.refunded']);
    await payment.cancelOrder(orderId);
    await everythingBeforeIsHandled();

    expect(payment.typesOf(orderId)).toEqual(['payment.captured', 'payment.refunded']);
    expect(provider.callsOf(orderId)).toEqual(['POST /v1/payment_intents', 'POST /v1/refunds']);
    expect(payment.factsOf(orderId)[1]!.data).toMatchObject({
      amountInCents: 9900,
      currency: 'USD',
      providerReference: provider.refundsOf(orderId)[0]!.id,
    });
  });

  it('stays declined when it was', async () => {
    const orderId = await payment.requestPayment('pm_card_chargeDeclinedInsufficientFunds');
    await states(orderId, ['payment.declined']);
    const before = await payment.payment(orderId);
    await payment.cancelOrder(orderId);
    await everythingBeforeIsHandled();

    expect(await payment.payment(orderId)).toEqual(before);
    expect(payment.typesOf(orderId)).toEqual(['payment.declined']);
  });
});
