import { OrderCancelled, OrderPaymentRequested } from '@hookshop/contracts';
import { Transactions } from '@hookshop/messaging';
import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { cancelled, PaymentUnderTest } from './testing/payment-under-test.js';
import { ProviderStandIn } from './testing/provider-stand-in.js';

describe('Payments of many orders', () => {
  let broker: TestBroker;
  let database: TestDatabase;
  let provider: ProviderStandIn;
  let instances: PaymentUnderTest[] = [];

  beforeAll(async () => {
    [broker, database, provider] = await Promise.all([testBroker(), testDatabase(), ProviderStandIn.start()]);
    const surroundings = {
      databaseUrl: database.url,
      natsUrl: broker.url,
      providerUrl: provider.url,
      environment: { STRIPE_TIMEOUT_MS: '10000', STRIPE_CONCURRENCY: '32' },
    };
    instances = [await PaymentUnderTest.start(surroundings), await PaymentUnderTest.start(surroundings)];
  });
  afterAll(async () => {
    await Promise.all(instances.map((instance) => instance.stop()));
    await Promise.all([provider?.stop(), broker?.stop()]);
    await database?.drop();
  });
  beforeEach(() => {
    provider.misbehave = () => undefined;
  });

  /** Every instance hears about half of the stream. */
  const typesOf = (orderId: string) =>
    instances
      .flatMap((instance) => instance.factsOf(orderId))
      .sort((one, other) => one.sequence - other.sequence)
      .map(({ type }) => type);
  const orders = (count: number) => Array.from({ length: count }, () => uuidv7());
  const state = (facts: (orderIds: string[]) => [event: 'requested' | 'cancelled', orderId: string][], ids: string[]) =>
    instances[0]!.app.get(Transactions).run(async (tx) => {
      for (const [event, orderId] of facts(ids)) {
        const options = { subject: orderId, sequence: 1, correlationId: orderId };
        if (event === 'cancelled') tx.publish(OrderCancelled, cancelled(orderId), options);
        else {
          const asked = { orderId, amountInCents: 9900, currency: 'USD', paymentMethod: 'pm_card_visa' };
          tx.publish(OrderPaymentRequested, asked, options);
        }
      }
    });
  const unfinished = async () => {
    for (const instance of instances) instance.hurry();
    const [row] = await database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM payments WHERE next_attempt_at IS NOT NULL`,
    );
    return row!.count;
  };
  const stored = async (ids: string[]) => {
    const rows = await database.query<{ status: string; count: number }>(
      `SELECT status, count(*)::int AS count FROM payments WHERE order_id = ANY ($1) GROUP BY status`,
      [ids],
    );
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
  };

  it('are charged once each by whichever instance has them, however often they are asked for', async () => {
    const ids = orders(100);
    await state(() => [...ids, ...ids].map((id) => ['requested', id]), ids);
    await state(() => [...ids].reverse().map((id) => ['requested', id]), ids);

    await eventually(() => ids.every((id) => typesOf(id).length === 1));
    expect(provider.intents.filter(({ metadata }) => ids.includes(metadata.orderId))).toHaveLength(100);
    expect(await stored(ids)).toEqual({ captured: 100 });
  });

  it('that are cancelled at any moment keep no money and end', async () => {
    let number = 0;
    // Every third charge takes a while, every fifth answer is lost.
    provider.misbehave = ({ call }) => {
      if (call !== 'POST /v1/payment_intents') return undefined;
      number += 1;
      if (number % 5 === 0) return 'garble answer';
      return number % 3 === 0 ? new Promise((resolve) => setTimeout(resolve, number % 50)) : undefined;
    };
    const ids = orders(150);
    await Promise.all([
      state(() => ids.map((id) => ['requested', id]), ids),
      state(() => [...ids].reverse().map((id) => ['cancelled', id]), ids),
      state(() => ids.map((id) => ['cancelled', id]), ids),
    ]);
    await eventually(
      () => stored(ids),
      (counts) => Object.values(counts).reduce((sum, one) => sum + one, 0) === 150,
    );
    await eventually(unfinished, (count) => count === 0, { timeoutMs: 20_000 });

    expect(
      await database.query(`SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()`),
    ).toEqual([{ deadlocks: 0 }]);
    const { captured, ...ended } = await stored(ids);
    expect(captured).toBeUndefined();
    expect(Object.keys(ended).sort()).toEqual(['cancelled', 'refunded']);
    const intents = provider.intents.filter(({ metadata }) => ids.includes(metadata.orderId));
    expect(new Set(intents.map(({ metadata }) => metadata.orderId)).size).toBe(intents.length);
    expect(intents.flatMap(({ metadata }) => provider.refundsOf(metadata.orderId))).toHaveLength(intents.length);
    await eventually(() =>
      intents.every(({ metadata }) => typesOf(metadata.orderId).join() === 'payment.captured.v1,payment.refunded.v1'),
    );
  });

  it('whose answers come together are recorded together, and one that cannot be recorded holds nobody up', async () => {
    await database.query(`
      CREATE TABLE recordings (payments int);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO recordings SELECT count(*) FROM now WHERE status = 'captured'; RETURN NULL; END $$;
      CREATE TRIGGER note AFTER UPDATE ON payments REFERENCING NEW TABLE AS now FOR EACH STATEMENT EXECUTE FUNCTION note()`);
    const recordings = async () => {
      const rows = await database.query<{ payments: number }>('SELECT payments FROM recordings WHERE payments > 0');
      await database.query('TRUNCATE recordings');
      return rows.map(({ payments }) => payments);
    };
    /** All answers are held back until the last charge was asked for. */
    const chargeTogether = async (ids: string[], poison?: string) => {
      let answer!: () => void;
      const gate = new Promise<void>((resolve) => (answer = resolve));
      provider.misbehave = ({ call, form }) => {
        if (call !== 'POST /v1/payment_intents') return undefined;
        return form.get('metadata[orderId]') === poison
          ? { status: 200, body: { id: `pi_${'x'.repeat(300)}`, status: 'succeeded' } }
          : gate;
      };
      await state(() => ids.map((id) => ['requested', id]), ids);
      await eventually(() => ids.filter((id) => id !== poison).every((id) => provider.intentsOf(id).length === 1));
      answer();
      await eventually(() => ids.filter((id) => id !== poison).every((id) => typesOf(id).length === 1));
    };

    await chargeTogether(orders(20));
    const together = await recordings();
    expect(together.reduce((sum, one) => sum + one, 0)).toBe(20);
    expect(together.length).toBeLessThan(10);

    const [poison, ...others] = orders(20);
    await chargeTogether([poison!, ...others], poison);
    expect(await stored([poison!, ...others])).toEqual({ captured: 19, pending: 1 });
  });
});
