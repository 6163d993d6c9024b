import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { PaymentUnderTest } from './testing/payment-under-test.js';
import { type Intent, ProviderStandIn } from './testing/provider-stand-in.js';
import { eventOf, intentEvent, refundEvent } from './testing/stripe-events.js';

describe('A webhook', () => {
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
      environment: { AUTHENTICATION_CHECK_SECONDS: '600' },
    });
  });
  afterAll(async () => {
    await payment?.stop();
    await Promise.all([provider?.stop(), broker?.stop()]);
    await database?.drop();
  });

  const becomes = (orderId: string, status: string) => eventually(() => payment.payment(orderId), { status } as never);
  const requested = async (method: string, status: string): Promise<{ orderId: string; intent: Intent }> => {
    const orderId = await payment.requestPayment(method);
    await becomes(orderId, status);
    return { orderId, intent: provider.intentsOf(orderId)[0]! };
  };
  const authenticating = () => requested('pm_card_authenticationRequired', 'authenticating');
  const foreign = (metadata: object): Intent =>
    ({
      id: `pi_foreign_${uuidv7().replaceAll('-', '')}`,
      amount: 9900,
      currency: 'usd',
      status: 'succeeded',
      metadata,
    }) as Intent;
  const heardAs = (type: string, outcome: string) =>
    payment.metric(`provider_webhooks_total{type="${type}",outcome="${outcome}"}`);
  const refusalOf = async (body: object | string): Promise<string> => {
    const id = await payment.receive(body);
    return (await eventually(async () => (await payment.refusals()).get(id)))!;
  };

  it.each([
    ['without metadata', {}],
    ["with an order id that is not the shop's", { orderId: '1042' }],
  ])('about a payment of somebody else, %s, is counted and changes nothing', async (_which, metadata) => {
    const before = await heardAs('payment_intent.succeeded', 'foreign');
    await payment.hears(intentEvent('succeeded', foreign(metadata)));

    expect(await heardAs('payment_intent.succeeded', 'foreign')).toBe(before + 1);
  });

  it('about a refund of somebody else is counted and changes nothing', async () => {
    await payment.hears(
      refundEvent('refund.created', { id: 're_foreign', payment_intent: 'pi_foreign', status: 'succeeded' }),
    );

    expect(await heardAs('refund.created', 'foreign')).toBe(1);
  });

  it('about an order of which nobody asked for a payment is a dead letter that names it', async () => {
    const orderId = uuidv7();
    const intent = foreign({ orderId, paymentId: uuidv7() });

    expect(await refusalOf(intentEvent('succeeded', intent))).toContain(
      `payment_intent.succeeded is about ${intent.id} of order ${orderId}, of which this shop has no payment.`,
    );
  });

  it.each([
    ['without any sense', '{"id": "evt_1", ', 'it is not JSON'],
    ['that is a list', '[]', 'it is not a JSON object'],
    ['of another format', '{"object": "v2.core.event", "type": "payment_intent.succeeded"}', 'it has no type'],
    [
      'that carries nothing',
      '{"object": "event", "type": "payment_intent.succeeded", "data": {}}',
      'does not carry a payment_intent',
    ],
  ])('%s is a dead letter that says where it can be seen', async (_which, body, fault) => {
    const refusal = await refusalOf(body);

    expect(refusal).toContain(fault);
    expect(refusal).toMatch(/GET \/v1\/inbound-webhooks\/[0-9a-f-]{36} shows it/);
  });

  it.each([
    ['another amount', { amount_received: 9800 }, '9800 USD'],
    ['another currency', { currency: 'jpy' }, '9900 JPY'],
  ])('about %s than was asked for is a dead letter and never counts as captured', async (_which, more, taken) => {
    const { orderId, intent } = await authenticating();
    const refusal = await refusalOf(intentEvent('succeeded', { ...intent, status: 'succeeded' }, more));

    expect(refusal).toContain(`${intent.id} took ${taken} for order ${orderId}, but 9900 USD were asked for`);
    expect(await payment.payment(orderId)).toMatchObject({ status: 'authenticating' });
    expect(payment.typesOf(orderId)).toEqual([]);
  });

  it('about money for an order whose payment was never asked for is a dead letter', async () => {
    const orderId = uuidv7();
    await payment.cancelOrder(orderId);
    await becomes(orderId, 'cancelled');

    expect(await refusalOf(intentEvent('succeeded', foreign({ orderId })))).toContain('nothing was asked for');
    expect(await payment.payment(orderId)).toMatchObject({ status: 'cancelled' });
  });

  it('about money for a payment that counts as declined is a dead letter', async () => {
    const { orderId, intent } = await requested('pm_card_chargeDeclinedInsufficientFunds', 'declined');

    expect(await refusalOf(intentEvent('succeeded', { ...intent, status: 'succeeded' }))).toContain(
      `${intent.id} took the money of order ${orderId}, whose payment was declined`,
    );
    expect(payment.typesOf(orderId)).toEqual(['payment.declined']);
  });

  it('about a second charge of an order is a dead letter', async () => {
    const { orderId, intent } = await requested('pm_card_visa', 'captured');

    expect(await refusalOf(intentEvent('succeeded', { ...intent, id: 'pi_second' }))).toContain(
      `Order ${orderId} was charged as ${intent.id} and again as pi_second`,
    );
    expect(payment.typesOf(orderId)).toEqual(['payment.captured']);
  });

  it('of another type is counted under one name and not looked into', async () => {
    await payment.hears(eventOf('customer.created', { object: 'customer', metadata: { orderId: uuidv7() } }));
    await payment.hears(eventOf('payment_intent.requires_action', {}));

    expect(await heardAs('other', 'ignored')).toBe(2);
  });

  it('of another third party is none of its business', async () => {
    const { orderId, intent } = await authenticating();
    await payment.hears(intentEvent('succeeded', { ...intent, status: 'succeeded' }), 'carrier');

    expect(await payment.payment(orderId)).toMatchObject({ status: 'authenticating' });
  });
});
