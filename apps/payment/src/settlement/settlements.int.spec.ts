import { Transactions } from '@hookshop/messaging';
import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { ChargePayments } from '../charge-payments/charge-payments.js';
import { Payment } from '../payment.js';
import type { ChargeOutcome } from '../provider/outcomes.js';
import { insertPayments } from '../reactions/insert-payments.js';
import { PaymentUnderTest } from '../testing/payment-under-test.js';
import { ProviderStandIn } from '../testing/provider-stand-in.js';

describe('What an attempt brought', () => {
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

  /** A payment that this spec attempts itself: nobody else may have it for an hour. */
  const attempted = async (): Promise<Payment> => {
    const orderId = uuidv7();
    const asked = { orderId, amountInCents: 9900, currency: 'USD', paymentMethod: 'pm_card_visa' };
    const known = Payment.request(uuidv7(), asked, { id: uuidv7() });
    await payment.database.transaction((tx) => insertPayments(tx, [known], 1, 3600));
    return known;
  };
  const settle = (...done: [Payment, ChargeOutcome][]) =>
    payment.app.get(Transactions).run((tx) =>
      // What the worker itself calls when its attempts end.
      payment.app.get(ChargePayments)['settle'](
        done.map(([known, outcome]) => ({ job: { payment: known, keyIsOld: false, isFindable: false }, outcome })),
        tx,
      ),
    );
  const beginsAgain = (known: Payment) =>
    database.query(`UPDATE payments SET attempts = attempts + 1 WHERE id = $1`, [known.id]);
  const captured: ChargeOutcome = { is: 'captured', reference: 'pi_1' };
  const unresolved: ChargeOutcome = { is: 'unresolved', error: 'timeout' };

  it('is stated once when two attempts bring it at the same moment', async () => {
    const known = await attempted();
    await settle([known, captured], [known, captured]);

    expect(await payment.payment(known.orderId)).toMatchObject({ status: 'captured', version: 2 });
    await eventually(() => payment.typesOf(known.orderId), ['payment.captured']);
  });

  it('is stated once when two attempts bring it one after the other', async () => {
    const known = await attempted();
    await settle([known, captured]);
    await settle([known, captured]);
    const other = await attempted();
    await settle([other, captured]);

    await eventually(() => payment.typesOf(other.orderId), ['payment.captured']);
    expect(payment.typesOf(known.orderId)).toEqual(['payment.captured']);
  });

  it('counts, however late, when it is money', async () => {
    const known = await attempted();
    await beginsAgain(known);
    await settle([known, captured]);

    expect(await payment.payment(known.orderId)).toMatchObject({ status: 'captured' });
  });

  it('takes nothing from the next attempt when it is nothing', async () => {
    const known = await attempted();
    await beginsAgain(known);
    const before = await payment.payment(known.orderId);
    await settle([known, unresolved]);

    expect(await payment.payment(known.orderId)).toEqual(before);
  });

  it('ends its lease when it is nothing and nobody else began', async () => {
    const known = await attempted();
    await settle([known, unresolved]);

    expect(await payment.payment(known.orderId)).toMatchObject({ status: expect.stringMatching(/pending|captured/) });
    await eventually(() => payment.payment(known.orderId), { status: 'captured' });
  });

  it('is money for an order that was given up: it goes back', async () => {
    const known = await attempted();
    await database.query(
      `UPDATE payments SET status = 'cancelled', version = 3, next_attempt_at = NULL, leased_until = NULL,
         cancellation_cause = '{"id": "0198c5a0-0000-7000-8000-000000000003"}' WHERE id = $1`,
      [known.id],
    );
    await settle([known, captured]);

    await eventually(() => payment.typesOf(known.orderId), ['payment.captured', 'payment.refunded']);
  });
});
