import { BrokerConnection, DeadLetters, STREAM } from '@hookshop/messaging';
import { eventually, testBroker, testDatabase } from '@hookshop/testing';
import { cancelled, confirmed, placed } from './testing/order-facts.js';
import { startInventory, type TestInventory } from './testing/start-inventory.js';

describe('inventory among other services', () => {
  let broker: Awaited<ReturnType<typeof testBroker>>;
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let instances: TestInventory[];

  beforeEach(async () => {
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    instances = [];
  });

  afterEach(async () => {
    await Promise.all(instances.map((instance) => instance.stop()));
    await broker.stop();
    await database.drop();
  });

  const start = async (): Promise<TestInventory> => {
    const instance = await startInventory(database.url, broker.url);
    instances.push(instance);
    return instance;
  };

  /** Facts on the stream, by subject. */
  const onStream = async ({ app }: TestInventory): Promise<Record<string, number>> => {
    const { manager } = await app.get(BrokerConnection).opened;
    const { state } = await manager.streams.info(STREAM, { subjects_filter: 'shop.>' });
    return state.subjects ?? {};
  };

  it('states its first products once, with two instances starting at once and one starting later', async () => {
    const [first] = await Promise.all([start(), start()]);
    await eventually(() => onStream(first!), { 'shop.product.listed.v1': 12 });

    await start();
    await first!.publish(placed({ 'NEVER-01': 1 }));

    await eventually(() => onStream(first!), { 'shop.stock.rejected.v1': 1 });
    expect(await onStream(first!)).toMatchObject({ 'shop.product.listed.v1': 12 });
  });

  it('takes an order from placed to confirmed to cancelled', async () => {
    const inventory = await start();
    const order = placed({ 'DOCK-01': 2 });

    await inventory.publish(order);
    await eventually(() => inventory.stock('DOCK-01'), { available: 49_998, reserved: 2 });
    await inventory.publish(confirmed(order));
    await eventually(() => inventory.stock('DOCK-01'), { reserved: 0, committed: 2 });
    await inventory.publish(cancelled(order));
    await eventually(() => inventory.stock('DOCK-01'), { available: 50_000, reserved: 0, committed: 0 });

    expect((await inventory.stated()).map(({ type }) => type)).toEqual(['stock.reserved.v1', 'stock.released.v1']);
  });

  it('changes nothing when every fact is delivered twice', async () => {
    const inventory = await start();
    const order = placed({ 'DOCK-01': 2 });
    const last = placed({ 'LAMP-01': 1 });
    for (const fact of [order, confirmed(order)]) {
      await inventory.publish(fact);
      await inventory.publish(fact, `copy of ${fact.id}`);
    }

    await eventually(
      () => inventory.statusOf(order),
      (status) => status === 'committed',
    );
    await inventory.publish(last);
    await eventually(
      () => inventory.statusOf(last),
      (status) => status === 'reserved',
    );

    expect(await inventory.stock('DOCK-01')).toMatchObject({
      available: 49_998,
      reserved: 0,
      committed: 2,
      version: 3,
    });
    expect((await inventory.stated()).map(({ type }) => type)).toEqual(['stock.reserved.v1', 'stock.reserved.v1']);
  });

  it('commits in the end when the confirmation overtakes its order', async () => {
    const inventory = await start();
    const order = placed({ 'DOCK-01': 2 });
    await inventory.publish(confirmed(order));
    await eventually(
      () => database.query('SELECT 1 FROM failed_attempts'),
      (attempts) => attempts.length === 1,
    );

    await inventory.publish(order);

    await eventually(
      () => inventory.statusOf(order),
      (status) => status === 'committed',
    );
    expect((await inventory.app.get(DeadLetters).list({ limit: 1 })).data).toEqual([]);
  });

  it('sends a poisonous fact to the dead letters and serves its neighbours', async () => {
    const inventory = await start();
    const turnedAway = placed({ 'RARE-01': 2 });
    const orders = [placed({ 'DOCK-01': 1 }), placed({ 'DOCK-01': 1 }), placed({ 'DOCK-01': 1 })];
    for (const order of [turnedAway, ...orders]) await inventory.publish(order);
    await eventually(() => inventory.stock('DOCK-01'), { reserved: 3 });
    await eventually(
      () => inventory.statusOf(turnedAway),
      (status) => status === 'rejected',
    );

    await Promise.all(
      [orders[0]!, turnedAway, orders[1]!, orders[2]!].map((order) => inventory.publish(confirmed(order))),
    );

    await eventually(() => inventory.stock('DOCK-01'), { reserved: 0, committed: 3 });
    const { data } = await eventually(
      () => inventory.app.get(DeadLetters).list({ limit: 10 }),
      ({ data }) => data.length > 0,
    );
    expect(data).toMatchObject([
      {
        reaction: 'inventory-commit-stock-when-order-confirmed',
        reason: 'unprocessable',
        event: { subject: turnedAway.data.orderId },
      },
    ]);
  });

  it('shares a hot product between two instances without losing a piece', async () => {
    const [one, other] = await Promise.all([start(), start()]);
    await one!.list('HOT-01', 250);
    const orders = Array.from({ length: 300 }, () => placed({ 'HOT-01': 1 }));

    await Promise.all(orders.map((order, n) => (n % 2 ? one! : other!).publish(order)));

    await eventually(
      () => database.query('SELECT 1 FROM reservations'),
      (rows) => rows.length === 300,
    );
    expect(await one!.stock('HOT-01')).toMatchObject({ available: 0, reserved: 250 });
    const stated = (await one!.stated()).map(({ type }) => type);
    expect(stated.filter((type) => type === 'stock.reserved.v1')).toHaveLength(250);
    expect(stated.filter((type) => type === 'stock.rejected.v1')).toHaveLength(50);
    expect(stated.filter((type) => type === 'stock.low.v1')).toHaveLength(1);
  });
});
