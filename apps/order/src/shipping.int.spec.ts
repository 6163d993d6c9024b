import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { OrderUnderTest, refusalOf } from './testing/order-under-test.js';

const shippedAt = '2026-02-01T10:00:00.000Z';
const deliveredAt = '2026-02-02T10:00:00.000Z';

describe('an order whose parcel is on its way', () => {
  let broker: TestBroker;
  let database: TestDatabase;
  let order: OrderUnderTest;

  beforeAll(async () => {
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    order = await OrderUnderTest.start(database.url, broker.url);
    await order.list('KEYB-01', 9900);
    await eventually(
      () => database.query('SELECT sku FROM product_prices'),
      (rows) => rows.length === 1,
    );
  });
  afterAll(async () => {
    await order?.stop();
    await broker?.stop();
    await database?.drop();
  });

  const parcelOf = (orderId: string) => ({ shipmentId: uuidv7(), orderId, carrier: 'Express', trackingNumber: 'E1' });
  const dispatched = (orderId: string) =>
    order.given('shipment.dispatched.v1', uuidv7(), 3, { ...parcelOf(orderId), dispatchedAt: shippedAt });
  const delivered = (orderId: string) =>
    order.given('shipment.delivered.v1', uuidv7(), 4, { ...parcelOf(orderId), deliveredAt });
  const states = (orderId: string, types: string[]) =>
    eventually(
      () => order.typesOf(orderId),
      ['placed', 'payment-requested', 'confirmed', ...types].map((type) => `order.${type}.v1`),
    );
  /** Everything that was told about shipments until now has been handled, or has failed at least once. */
  const everythingIsTried = async () => {
    const id = await order.confirmed();
    await dispatched(id);
    await order.becomes(id, { status: 'shipped' });
    await delivered(id);
    await order.becomes(id, { status: 'delivered' });
  };

  it('is shipped with its parcel and delivered in the end, and both are told', async () => {
    const id = await order.confirmed();
    await dispatched(id);
    await order.becomes(id, { status: 'shipped' });
    await delivered(id);
    await order.becomes(id, { status: 'delivered' });

    await states(id, ['shipped', 'delivered']);
    const told = { orderId: id, customer: { email: 'ada@example.com', name: 'Ada Lovelace' }, totalInCents: 9900 };
    expect((await order.factsOf(id)).slice(3)).toMatchObject([
      { sequence: 4, data: { ...told, carrier: 'Express', trackingNumber: 'E1', shippedAt } },
      { sequence: 5, data: { ...told, deliveredAt } },
    ]);
  });

  it('is shipped once, and delivered once, however often that is told', async () => {
    const id = await order.confirmed();
    await dispatched(id);
    await dispatched(id);
    await order.becomes(id, { status: 'shipped' });
    await delivered(id);
    await delivered(id);
    await order.becomes(id, { status: 'delivered' });
    await dispatched(id);
    await everythingIsTried();

    expect((await order.typesOf(id)).slice(3)).toEqual(['order.shipped.v1', 'order.delivered.v1']);
    expect(await order.show(id)).toMatchObject({ status: 'delivered' });
  });

  it('waits for its departure when its arrival is heard of first', async () => {
    const id = await order.confirmed();
    await delivered(id);
    const [failed] = await eventually(
      () => database.query<{ log: { error: string }[] }>('SELECT log FROM failed_attempts'),
      (rows) => rows.length === 1,
    );
    expect(failed!.log[0]!.error).toMatch(new RegExp(`IllegalTransition: Order ${id} is confirmed`));
    expect(await order.show(id)).toMatchObject({ status: 'confirmed' });
    await dispatched(id);

    await order.becomes(id, { status: 'delivered' });
    await states(id, ['shipped', 'delivered']);
  });

  it('stays cancelled when its parcel left all the same', async () => {
    const id = await order.confirmed();
    await order.cancel(id);
    await dispatched(id);
    await delivered(id);
    await everythingIsTried();

    expect(await order.show(id)).toMatchObject({ status: 'cancelled', cancellationReason: 'requested' });
    await states(id, ['cancelled']);
    expect(await database.query('SELECT FROM failed_attempts')).toEqual([]);
  });

  it.each([
    ['shipped', 'Refuse its parcel when it comes.'],
    ['delivered', 'Send the goods back.'],
  ] as const)(
    'can no longer be cancelled once it is %s, and its customer is told what to do',
    async (status, advice) => {
      const id = await order.confirmed();
      await dispatched(id);
      await order.becomes(id, { status: 'shipped' });
      if (status === 'delivered') await delivered(id);
      await order.becomes(id, { status });

      expect(await refusalOf(order.cancel(id))).toMatchObject({
        status: 409,
        detail: `The order is ${status} already and can no longer be cancelled. ${advice}`,
      });
      expect(await order.show(id)).toMatchObject({ status });
    },
  );

  it('is either shipped or cancelled when both happen at the same moment', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => order.confirmed()));
    const refusals = await Promise.all(
      ids.map(async (id, index) => {
        const [refusal] = await Promise.all([
          index % 2 === 0 ? refusalOf(order.cancel(id)) : dispatched(id).then(() => refusalOf(order.cancel(id))),
          dispatched(id),
        ]);
        return refusal;
      }),
    );
    await everythingIsTried();

    for (const [index, id] of ids.entries()) {
      const isCancelled = refusals[index] === 'not refused';
      await states(id, [isCancelled ? 'cancelled' : 'shipped']);
      expect((await order.show(id)).status).toBe(isCancelled ? 'cancelled' : 'shipped');
      if (!isCancelled) expect(refusals[index]).toMatchObject({ status: 409 });
    }
    const [versions] = await database.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM orders WHERE id = ANY ($1) AND version <> 4',
      [ids],
    );
    expect(versions!.count).toBe(0);
  });
});
