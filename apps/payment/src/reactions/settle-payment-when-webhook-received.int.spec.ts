import type { WebhookReceived } from '@hookshop/contracts';
import { type Fact, Transactions } from '@hookshop/messaging';
import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { ChargePayments } from '../charge-payments/charge-payments.js';
import { RefundPayments } from '../refund-payments/refund-payments.js';
import { PaymentUnderTest, webhook } from '../testing/payment-under-test.js';
import { type Intent, ProviderStandIn } from '../testing/provider-stand-in.js';
import { chargeEvent, eventOf, intentEvent } from '../testing/stripe-events.js';
import { selectPayments } from './select-payments.js';
import { SettlePaymentWhenWebhookReceived } from './settle-payment-when-webhook-received.js';

describe('A batch of webhooks', () => {
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
      environment: {
        AUTHENTICATION_CHECK_SECONDS: '600',
        CHARGE_BACKOFF_SECONDS: '600',
        REFUND_BACKOFF_SECONDS: '600',
      },
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
  const requested = async (method: string, row: object): Promise<{ orderId: string; intent: Intent }> => {
    const orderId = await payment.requestPayment(method);
    await becomes(orderId, { leased_until: null, ...row });
    return { orderId, intent: provider.intentsOf(orderId)[0]! };
  };
  const captured = () => requested('pm_card_visa', { status: 'captured' });
  const authenticating = () => requested('pm_card_authenticationRequired', { status: 'authenticating' });
  const unanswered = (method: string) => {
    provider.misbehave = ({ call }) => (call === 'POST /v1/payment_intents' ? 'garble answer' : undefined);
    return requested(method, { status: 'pending', attempts: 1 });
  };
  const succeeded = (intent: Intent) => intentEvent('succeeded', { ...intent, status: 'succeeded' });
  const failed = (intent: Intent) => intentEvent('payment_failed', { ...intent, status: 'requires_payment_method' });
  const canceled = (intent: Intent) => intentEvent('canceled', { ...intent, status: 'canceled' });
  const fact = (body: object): Fact<WebhookReceived> => ({
    ...{ id: uuidv7(), type: 'webhook.received.v1', source: '/gateway', subject: uuidv7(), sequence: 1 },
    ...{ time: new Date().toISOString(), streamSequence: 1, data: webhook(JSON.stringify(body)) },
  });
  /** Returns the statements of the reaction itself. `meanwhile` happens when it has read and not yet written. */
  const handle = (bodies: object[], meanwhile: () => Promise<unknown> = async () => undefined): Promise<string[]> =>
    payment.app.get(Transactions).run(async (tx) => {
      const statements: string[] = [];
      const query = tx.query.bind(tx);
      tx.query = async (text, values) => {
        const rows = await query(text, values);
        if (statements.push(text) === 1) await meanwhile();
        return rows as never;
      };
      await payment.app.get(SettlePaymentWhenWebhookReceived).settle(bodies.map(fact), tx);
      return [...statements];
    });

  /** Returns who would have been woken. */
  const withoutWorkers = async (act: () => Promise<unknown>): Promise<string[]> => {
    const woken: string[] = [];
    const workers = [payment.app.get(ChargePayments), payment.app.get(RefundPayments)];
    for (const worker of workers) Object.assign(worker, { wake: () => woken.push(worker.name) });
    try {
      await act();
    } finally {
      for (const worker of workers) delete (worker as { wake?: unknown }).wake;
    }
    return woken;
  };

  it('that change nothing costs one statement, which only reads', async () => {
    const known = [await captured(), await captured()];
    const statements = await handle([
      ...known.map(({ intent }) => succeeded(intent)),
      chargeEvent('charge.refunded', known[0]!.intent),
    ]);

    expect(statements).toEqual([expect.stringMatching(/^\s*SELECT (?!.*FOR UPDATE)/s)]);
  });

  it('of which none is about a payment costs nothing', async () => {
    expect(await handle([eventOf('customer.created', {})])).toEqual([]);
  });

  it('costs one statement more for all that change something', async () => {
    const [lapsed, first, second] = [await authenticating(), await authenticating(), await authenticating()];
    const statements = await handle([canceled(lapsed.intent), succeeded(first.intent), succeeded(second.intent)]);

    expect(statements).toHaveLength(2);
    await becomes(lapsed.orderId, { status: 'declined' });
    await becomes(first.orderId, { status: 'captured' });
    await becomes(second.orderId, { status: 'captured' });
  });

  it('with several about one payment applies each to what the one before left', async () => {
    const { orderId, intent } = await authenticating();
    intent.status = 'succeeded';
    await handle([failed(intent), succeeded(intent), succeeded(intent)]);

    await eventually(() => payment.typesOf(orderId), ['payment.captured']);
    await becomes(orderId, { status: 'captured', version: 3, next_attempt_at: null });
  });

  it('does not disturb an attempt that begins while it is handled', async () => {
    const { orderId, intent } = await unanswered('pm_card_chargeDeclinedInsufficientFunds');
    const begins = () =>
      database.query(
        `UPDATE payments SET attempts = attempts + 1, leased_until = now() + interval '1 hour',
           next_attempt_at = now() + interval '1 hour' WHERE order_id = $1`,
        [orderId],
      );
    await handle([failed(intent)], begins);

    const row = await payment.payment(orderId);
    expect(row).toMatchObject({ status: 'pending', attempts: 2, provider_reference: null });
    expect(row!.leased_until!.getTime()).toBeGreaterThan(Date.now());
  });

  it('returns the money of an order that is cancelled while it is handled', async () => {
    const { orderId, intent } = await authenticating();
    intent.status = 'succeeded';
    await handle([succeeded(intent)], () =>
      database.query(`UPDATE payments SET status = 'cancelling', version = version + 1 WHERE order_id = $1`, [orderId]),
    );

    await eventually(() => payment.typesOf(orderId), ['payment.captured', 'payment.refunded']);
  });

  it('is not lost on a look that began before and ends before the next begins', async () => {
    const { orderId, intent } = await authenticating();
    await database.query(
      `UPDATE payments SET attempts = attempts + 1, leased_until = now() + interval '1 hour' WHERE order_id = $1`,
      [orderId],
    );
    const [looked] = await payment.database.transaction((tx) => selectPayments(tx, [orderId], []));
    intent.status = 'requires_payment_method';
    await withoutWorkers(async () => {
      await handle([failed(intent)]);
      const job = { payment: looked!.payment, keyIsOld: false, isFindable: false };
      await payment.app
        .get(Transactions)
        .run((tx) =>
          payment.app
            .get(ChargePayments)
            ['settle']([{ job, outcome: { is: 'authenticating', reference: intent.id } }], tx),
        );
    });

    await eventually(() => payment.typesOf(orderId), ['payment.declined']);
  });

  it('has the worker begin that has something to do now', async () => {
    const { intent } = await authenticating();
    const over = await authenticating();
    await payment.cancelOrder(over.orderId);
    await becomes(over.orderId, { status: 'cancelled' });

    expect(await withoutWorkers(() => handle([failed(intent)]))).toEqual(['charge-payments']);
    expect(await withoutWorkers(() => handle([succeeded(over.intent)]))).toEqual(['refund-payments']);
  });
});
