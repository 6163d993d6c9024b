import { OrderCancelled, OrderConfirmed } from '@hookshop/contracts';
import { Transactions } from '@hookshop/messaging';
import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { CarrierStandIn } from './testing/carrier-stand-in.js';
import { aCancelledOrder, aConfirmedOrder } from './testing/order-facts.js';
import { ShippingUnderTest } from './testing/shipping-under-test.js';

describe('Shipments of many orders', () => {
  let broker: TestBroker;
  let database: TestDatabase;
  let carrier: CarrierStandIn;
  let instances: ShippingUnderTest[] = [];

  beforeAll(async () => {
    [broker, database, carrier] = await Promise.all([testBroker(), testDatabase(), CarrierStandIn.start()]);
    const surroundings = {
      databaseUrl: database.url,
      natsUrl: broker.url,
      carrierUrl: carrier.url,
      environment: { CARRIER_TIMEOUT_MS: '10000' },
    };
    instances = [await ShippingUnderTest.start(surroundings), await ShippingUnderTest.start(surroundings)];
  });
  afterAll(async () => {
    await Promise.all(instances.map((instance) => instance.stop()));
    await Promise.all([carrier?.stop(), broker?.stop()]);
    await database?.drop();
  });
  beforeEach(() => {
    carrier.misbehave = () => undefined;
  });

  const orders = (count: number) => Array.from({ length: count }, () => uuidv7());
  const state = (event: 'confirmed' | 'cancelled', orderIds: string[]) =>
    instances[0]!.app.get(Transactions).run(async (tx) => {
      for (const orderId of orderIds) {
        const options = { subject: orderId, sequence: event === 'confirmed' ? 3 : 4, correlationId: orderId };
        if (event === 'confirmed') tx.publish(OrderConfirmed, aConfirmedOrder(orderId), options);
        else tx.publish(OrderCancelled, aCancelledOrder(orderId), options);
      }
    });
  /** Every instance hears about half of the stream. */
  const typesOf = (orderId: string) =>
    instances
      .flatMap((instance) => instance.factsOf(orderId))
      .sort((one, other) => one.sequence - other.sequence)
      .map(({ type }) => type.replace(/^shipment\.(.+)\.v1$/, '$1'));
  const stored = (ids: string[]) =>
    database.query<{ order_id: string; status: string; version: number }>(
      `SELECT order_id, status, version FROM shipments WHERE order_id = ANY ($1)`,
      [ids],
    );
  const unfinished = async () => {
    for (const instance of instances) instance.hurry();
    return database.query(`SELECT FROM shipments WHERE next_attempt_at IS NOT NULL`);
  };
  const deadlocks = () =>
    database.query(`SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()`);

  it('are booked once each over few connections by whichever instance has them, however often they are confirmed', async () => {
    const ids = orders(150);
    await state('confirmed', [...ids, ...ids]);
    await state('confirmed', [...ids].reverse());
    await eventually(
      () => stored(ids),
      (rows) => rows.length === 150 && rows.every(({ status }) => status === 'booked'),
    );
    await instances[0]!.catchUp();

    expect(ids.map((id) => carrier.callsOf(id))).toEqual(ids.map(() => ['POST book']));
    expect((await stored(ids)).every(({ version }) => version === 2)).toBe(true);
    expect(carrier.connections).toBeLessThanOrEqual(2 * 16);
  });

  it('whose orders are cancelled at any moment end, with no parcel on its way', async () => {
    let number = 0;
    // The driver takes every fourth parcel the moment it is booked; every third answer takes a while, every fifth is lost.
    carrier.misbehave = ({ body }) => {
      number += 1;
      if (number % 4 === 0 && body !== '') {
        const { reference } = JSON.parse(body) as { reference: string };
        const leave = () => instances[number % 2]!.tell('shipment.picked_up', { ...carrier.pickUp(reference) });
        return Promise.resolve().then(async () => void (await leave()));
      }
      if (number % 5 === 0) return 'garble answer';
      return number % 3 === 0 ? new Promise((resolve) => setTimeout(resolve, number % 50)) : undefined;
    };
    const ids = orders(120);
    await Promise.all([
      state('confirmed', ids),
      state('cancelled', [...ids].reverse()),
      state('cancelled', ids.slice(60)),
    ]);
    await eventually(
      () => stored(ids),
      (rows) => rows.length === 120,
    );
    await eventually(unfinished, (rows) => rows.length === 0, { timeoutMs: 20_000 });
    await instances[0]!.catchUp();
    await eventually(unfinished, (rows) => rows.length === 0, { timeoutMs: 20_000 });

    expect(await deadlocks()).toEqual([{ deadlocks: 0 }]);
    for (const { order_id: orderId, status } of await stored(ids)) {
      const consignments = carrier.of(orderId).map((consignment) => consignment.status);
      const expected = {
        cancelled: [['cancelled'], []],
        recalled: [['returning']],
      }[status];
      expect(expected).toContainEqual(consignments);
      const types = await eventually(() => typesOf(orderId));
      if (status === 'recalled') expect(types).toEqual(['dispatched', 'recalled']);
      else expect([[], ['cancelled']]).toContainEqual(types);
    }
  });
});
