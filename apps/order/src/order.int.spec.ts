import { type OrderView, type PlaceOrder, productRequests } from '@hookshop/contracts';
import { BrokerConnection } from '@hookshop/messaging';
import { Database } from '@hookshop/persistence';
import { eventually, testBroker, testDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { TimeOutOrders } from './deadline/time-out-orders.js';
import { aRequest, OrderUnderTest, refusalOf } from './testing/order-under-test.js';

describe('the order service', () => {
  let broker: Awaited<ReturnType<typeof testBroker>>;
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let order: OrderUnderTest;

  beforeAll(async () => {
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    order = await OrderUnderTest.start(database.url, broker.url);
    await order.list('KEYB-01', 9900, 'USD', 'Keyboard');
    await order.list('EURO-01', 100, 'EUR');
    await eventually(
      () => database.query('SELECT sku FROM product_prices'),
      (rows) => rows.length === 2,
    );
  });

  afterAll(async () => {
    await order.stop();
    await broker.stop();
    await database.drop();
  });

  const ask = <T = OrderView>(subject: string, body: object): Promise<T> => order.ask<T>(subject, body);
  const place = (more?: Partial<PlaceOrder>): Promise<OrderView> => order.place(more);
  const show = (id: string): Promise<OrderView> => order.show(id);
  const becomes = (id: string, expected: Partial<OrderView>): Promise<OrderView> => order.becomes(id, expected);
  const factsOf = (id: string): Promise<string[]> => order.typesOf(id);

  it('places an order at the price it has heard of, with repeated products summed', async () => {
    const order = await place({
      lines: [
        { sku: 'KEYB-01', quantity: 1 },
        { sku: 'KEYB-01', quantity: 2 },
      ],
    });

    expect(order).toMatchObject({
      status: 'placed',
      lines: [{ sku: 'KEYB-01', name: 'Keyboard', quantity: 3, unitPriceInCents: 9900 }],
      totalInCents: 29700,
      currency: 'USD',
    });
    expect(await show(order.id)).toEqual(order);
  });

  it('places the same id once, however often and however close together it is asked', async () => {
    const request = aRequest();

    const answers = await Promise.all(Array.from({ length: 5 }, () => ask('order.place', request)));
    const again = await ask('order.place', request);

    for (const answer of [...answers, again]) expect(answer).toEqual(answers[0]);
    await eventually(
      () => factsOf(request.orderId),
      (types) => types.length > 0,
    );
    expect(await factsOf(request.orderId)).toEqual(['order.placed.v1']);
  });

  it('answers each of many orders placed together for itself', async () => {
    const inventory = await answering(productRequests.quote, { products: [] });
    const answers = await Promise.all([
      place(),
      refusalOf(place({ lines: [{ sku: 'NOPE-01', quantity: 1 }] })),
      place({ lines: [{ sku: 'KEYB-01', quantity: 2 }] }),
      refusalOf(
        place({
          lines: [
            { sku: 'KEYB-01', quantity: 1 },
            { sku: 'EURO-01', quantity: 1 },
          ],
        }),
      ),
    ]);
    inventory.stop();

    expect(answers[0]).toMatchObject({ totalInCents: 9900 });
    expect(answers[1]).toMatchObject({ status: 422, errors: [{ path: 'lines.0.sku' }] });
    expect(answers[2]).toMatchObject({ totalInCents: 19800 });
    expect(answers[3]).toMatchObject({ status: 422, detail: expect.stringMatching(/USD and EUR/) });
  });

  /** The far side of the wire: inventory's answers to one request. */
  const answering = async (subject: string, response: object): Promise<{ stop(): void }> => {
    const { connection } = await order.app.get(BrokerConnection).opened;
    const subscription = connection.subscribe(subject, {
      callback: (_error, message) => void message.respond(JSON.stringify({ response, isDisposed: true, id: '1' })),
    });
    await connection.flush();
    return { stop: () => subscription.unsubscribe() };
  };

  it('asks inventory for a price that has not arrived, and cannot say while inventory is unreachable', async () => {
    expect(await refusalOf(place({ lines: [{ sku: 'NEW-01', quantity: 1 }] }))).toMatchObject({ status: 503 });
    const inventory = await answering(productRequests.quote, {
      products: [{ sku: 'NEW-01', name: 'New', priceInCents: 5, currency: 'USD', version: 3 }],
    });

    expect(await place({ lines: [{ sku: 'NEW-01', quantity: 2 }] })).toMatchObject({ totalInCents: 10 });
    inventory.stop();
  });

  it('keeps the newer price whatever order the facts come in', async () => {
    await order.given('product.price-changed.v1', 'LATE-01', 5, {
      sku: 'LATE-01',
      priceInCents: 700,
      previousPriceInCents: 600,
      currency: 'USD',
    });
    await order.given('product.listed.v1', 'LATE-01', 1, {
      sku: 'LATE-01',
      name: 'Late',
      priceInCents: 600,
      currency: 'USD',
    });
    await eventually(
      () => database.query("SELECT 1 FROM product_prices WHERE sku = 'LATE-01' AND name IS NOT NULL AND version = 5"),
      (rows) => rows.length === 1,
    );

    expect(await place({ lines: [{ sku: 'LATE-01', quantity: 1 }] })).toMatchObject({ totalInCents: 700 });
  });

  it('refuses what is not an order, naming every fault', async () => {
    expect(await refusalOf(ask('order.place', { ...aRequest(), lines: [{ sku: '', quantity: 0.5 }] }))).toMatchObject({
      status: 400,
      errors: expect.arrayContaining([
        expect.objectContaining({ path: 'lines.0.sku' }),
        expect.objectContaining({ path: 'lines.0.quantity' }),
      ]),
    });
  });

  it('refuses a total that no number can carry', async () => {
    await order.given('product.listed.v1', 'GOLD-01', 1, {
      sku: 'GOLD-01',
      name: 'Gold',
      priceInCents: 9_007_199_254_740_991,
      currency: 'USD',
    });
    await eventually(
      () => database.query("SELECT 1 FROM product_prices WHERE sku = 'GOLD-01'"),
      (rows) => rows.length === 1,
    );

    expect(await refusalOf(place({ lines: [{ sku: 'GOLD-01', quantity: 2 }] }))).toMatchObject({ status: 422 });
  });

  it('requests the payment when the stock is reserved and confirms when it is captured', async () => {
    const { id } = await place();
    await order.reserve(id);
    await becomes(id, { status: 'awaiting-payment' });
    await order.capture(id);
    await becomes(id, { status: 'confirmed' });

    expect(
      await eventually(
        () => factsOf(id),
        (types) => types.length === 3,
      ),
    ).toEqual(['order.placed.v1', 'order.payment-requested.v1', 'order.confirmed.v1']);
  });

  it('confirms an order whose capture arrived before its reservation', async () => {
    const { id } = await place();
    await order.capture(id);
    await order.reserve(id);

    await becomes(id, { status: 'confirmed' });
  });

  it('cancels when the stock is rejected or the payment declined', async () => {
    const [rejected, declined] = await Promise.all([place(), place()]);
    await order.given('stock.rejected.v1', rejected.id, 1, {
      orderId: rejected.id,
      shortages: [{ sku: 'KEYB-01', requested: 1, available: 0 }],
    });
    await order.reserve(declined.id);
    await order.given('payment.declined.v1', uuidv7(), 1, {
      paymentId: uuidv7(),
      orderId: declined.id,
      reason: 'card_declined',
    });

    await becomes(rejected.id, { status: 'cancelled', cancellationReason: 'out-of-stock' });
    await becomes(declined.id, { status: 'cancelled', cancellationReason: 'payment-declined' });
  });

  it('does not resurrect a cancelled order when its stock or its payment comes late', async () => {
    const { id } = await place();
    await ask('order.cancel', { id });
    await order.reserve(id);
    await order.capture(id);
    const later = await place();
    await order.reserve(later.id);
    await becomes(later.id, { status: 'awaiting-payment' });

    expect(await show(id)).toMatchObject({ status: 'cancelled', cancellationReason: 'requested' });
    expect(await factsOf(id)).toEqual(['order.placed.v1', 'order.cancelled.v1']);
  });

  it('is cancelled by its customer once; the second time states nothing new', async () => {
    const { id } = await place();

    const first = await ask('order.cancel', { id });
    const second = await ask('order.cancel', { id });

    expect(second).toEqual(first);
    expect(
      await eventually(
        () => factsOf(id),
        (types) => types.length === 2,
      ),
    ).toEqual(['order.placed.v1', 'order.cancelled.v1']);
  });

  it('cannot be cancelled once it is shipped, nor when it does not exist', async () => {
    const { id } = await place();
    await database.query("UPDATE orders SET status = 'shipped' WHERE id = $1", [id]);

    expect(await refusalOf(ask('order.cancel', { id }))).toMatchObject({
      status: 409,
      detail: expect.stringMatching(/shipped/),
    });
    expect(await refusalOf(ask('order.cancel', { id: uuidv7() }))).toMatchObject({ status: 404 });
  });

  it('is timed out past its deadline, on the database clock, and only while it waits', async () => {
    const [waiting, confirmed] = await Promise.all([place(), place()]);
    await order.reserve(confirmed.id);
    await order.capture(confirmed.id);
    await becomes(confirmed.id, { status: 'confirmed' });
    await order.app
      .get(Database)
      .query("UPDATE orders SET deadline_at = now() - interval '1 second' WHERE id = ANY($1)", [
        [waiting.id, confirmed.id],
      ]);

    await order.app.get(TimeOutOrders).sweep();

    await becomes(waiting.id, { status: 'cancelled', cancellationReason: 'timed-out' });
    expect(await show(confirmed.id)).toMatchObject({ status: 'confirmed' });
  });

  it('lists newest first, by e-mail in any case and by status, page by page', async () => {
    const email = `${uuidv7()}@example.com`;
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) ids.push((await place({ customer: { email, name: 'Lister' } })).id);

    const first = await ask<{ data: OrderView[]; nextCursor: string }>('order.list', {
      email: email.toUpperCase(),
      limit: 2,
    });
    const second = await ask<{ data: OrderView[]; nextCursor: null }>('order.list', {
      email,
      limit: 2,
      cursor: first.nextCursor,
    });

    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual([...ids].reverse());
    expect(second.nextCursor).toBeNull();
    expect((await ask<{ data: [] }>('order.list', { email, status: 'confirmed' })).data).toEqual([]);
  });
});
