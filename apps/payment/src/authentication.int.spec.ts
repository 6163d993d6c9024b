import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { PaymentUnderTest } from './testing/payment-under-test.js';
import { type Intent, ProviderStandIn } from './testing/provider-stand-in.js';

describe('A payment the provider has not decided', () => {
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

  const calls = (orderId: string): string[] => {
    payment.hurry();
    return provider.callsOf(orderId);
  };
  const states = (orderId: string, types: string[]) => eventually(() => payment.typesOf(orderId), types);
  const looksAt = (orderId: string) =>
    eventually(
      () => calls(orderId),
      (made) => made.filter((call) => call === 'GET /v1/payment_intents/:id').length >= 2,
    );
  const opened = async (method: string, status: string): Promise<{ orderId: string; intent: Intent }> => {
    const orderId = await payment.requestPayment(method);
    await eventually(() => payment.payment(orderId), { status } as never);
    await looksAt(orderId);
    expect(payment.typesOf(orderId)).toEqual([]);
    return { orderId, intent: provider.intentsOf(orderId)[0]! };
  };

  it('is captured once its customer authenticated', async () => {
    const { orderId, intent } = await opened('pm_card_authenticationRequired', 'authenticating');
    intent.status = 'succeeded';

    await states(orderId, ['payment.captured']);
    expect(payment.factsOf(orderId)[0]!.data).toMatchObject({ providerReference: intent.id });
  });

  it('is declined when its customer fails, and closed so that nothing can be paid any more', async () => {
    const { orderId, intent } = await opened('pm_card_authenticationRequired', 'authenticating');
    intent.last_payment_error = { code: 'payment_intent_authentication_failure' };
    intent.status = 'requires_payment_method';

    await states(orderId, ['payment.declined']);
    expect(payment.factsOf(orderId)[0]!.data).toMatchObject({ reason: 'payment_intent_authentication_failure' });
    expect(intent.status).toBe('canceled');
  });

  it('is captured when its customer fails first and pays while it is being closed', async () => {
    const { orderId, intent } = await opened('pm_card_authenticationRequired', 'authenticating');
    provider.misbehave = ({ call }) => {
      if (call.endsWith('/cancel')) intent.status = 'succeeded';
      return undefined;
    };
    intent.status = 'requires_payment_method';

    await states(orderId, ['payment.captured']);
    provider.misbehave = () => undefined;
  });

  it('is declined when the provider gives it up', async () => {
    const { orderId, intent } = await opened('pm_card_authenticationRequired', 'authenticating');
    intent.status = 'canceled';

    await states(orderId, ['payment.declined']);
  });

  it('is captured once the bank agrees', async () => {
    const { orderId, intent } = await opened('pm_card_slow', 'pending');
    intent.status = 'succeeded';

    await states(orderId, ['payment.captured']);
    expect(provider.callsOf(orderId).filter((call) => call === 'POST /v1/payment_intents')).toHaveLength(1);
  });

  it('whose order is cancelled while the bank decides is returned when the bank agrees', async () => {
    const { orderId, intent } = await opened('pm_card_slow', 'pending');
    await payment.cancelOrder(orderId);
    await eventually(() => payment.payment(orderId), { status: 'cancelling' });
    await eventually(
      () => calls(orderId),
      (made) => made.filter((call) => call.endsWith('/cancel')).length > 1,
    );
    intent.status = 'succeeded';

    await states(orderId, ['payment.captured', 'payment.refunded']);
  });
});
