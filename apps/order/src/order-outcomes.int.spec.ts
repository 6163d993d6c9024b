import { Metrics } from '@hookshop/observability';
import { eventually, testBroker, testDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { TimeOutOrders } from './deadline/time-out-orders.js';
import { OrderUnderTest } from './testing/order-under-test.js';

describe('what became of orders, for Prometheus', () => {
  let broker: Awaited<ReturnType<typeof testBroker>>;
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let order: OrderUnderTest;

  beforeAll(async () => {
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    order = await OrderUnderTest.start(database.url, broker.url);
    await order.list('KEYB-01', 9900);
    await eventually(() => order.place());
  });
  afterAll(async () => {
    await order.stop();
    await broker.stop();
    await database.drop();
  });

  const values = async (
    name: string,
  ): Promise<{ metricName?: string; labels: Record<string, unknown>; value: number }[]> =>
    (await order.app.get(Metrics).registry.getSingleMetric(name)!.get()).values;
  const counted = async (outcome: string, reason = ''): Promise<number> =>
    (await values('orders_total')).find(({ labels }) => labels['outcome'] === outcome && labels['reason'] === reason)
      ?.value ?? 0;
  const confirmations = async (): Promise<{ count: number; seconds: number }> => {
    const found = await values('order_confirmation_seconds');
    const of = (part: string) =>
      found.find(({ metricName }) => metricName === `order_confirmation_seconds_${part}`)?.value;
    return { count: of('count') ?? 0, seconds: of('sum') ?? 0 };
  };

  it('counts an order where it goes on, once, and how long it took to be confirmed', async () => {
    const before = { placed: await counted('placed'), confirmed: await counted('confirmed') };
    const { id } = await order.place();
    await database.query(`UPDATE orders SET placed_at = placed_at - interval '90 seconds' WHERE id = $1`, [id]);
    await order.reserve(id);
    await order.capture(id);
    await order.becomes(id, { status: 'confirmed' });
    // The provider may tell it twice: another fact, and the same outcome.
    await order.capture(id);
    const other = await order.confirmed();
    await order.becomes(other, { status: 'confirmed' });

    expect(await counted('placed')).toBe(before.placed + 2);
    await eventually(() => counted('confirmed'), before.confirmed + 2);
    const { count, seconds } = await confirmations();
    expect(count).toBe(2);
    expect(seconds).toBeGreaterThan(90);
    expect(seconds).toBeLessThan(120);
  });

  it('counts why an order was cancelled', async () => {
    const [requested, declined, rejected, late] = await Promise.all([1, 2, 3, 4].map(() => order.place()));
    await order.cancel(requested!.id);
    await order.cancel(requested!.id);
    await order.reserve(declined!.id);
    await order.given('payment.declined.v1', uuidv7(), 1, {
      paymentId: uuidv7(),
      orderId: declined!.id,
      reason: 'card_declined',
    });
    await order.given('stock.rejected.v1', rejected!.id, 1, {
      orderId: rejected!.id,
      shortages: [{ sku: 'KEYB-01', requested: 1, available: 0 }],
    });
    await database.query(`UPDATE orders SET deadline_at = now() - interval '1 second' WHERE id = $1`, [late!.id]);
    await order.app.get(TimeOutOrders).sweep();
    for (const { id } of [requested!, declined!, rejected!, late!]) await order.becomes(id, { status: 'cancelled' });

    for (const reason of ['requested', 'payment-declined', 'out-of-stock', 'timed-out']) {
      await eventually(() => counted('cancelled', reason), 1);
    }
  });

  it('counts nothing that was not committed', async () => {
    const before = await counted('placed');
    // Facts are written last, with the commit.
    await database.query(
      `ALTER TABLE outbox ADD CONSTRAINT provoked CHECK (subject <> 'shop.order.placed.v1') NOT VALID`,
    );
    await expect(order.place()).rejects.toThrow();
    await database.query('ALTER TABLE outbox DROP CONSTRAINT provoked');

    expect(await counted('placed')).toBe(before);
  });
});
