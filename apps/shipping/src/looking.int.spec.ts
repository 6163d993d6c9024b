import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { LookAtParcels } from './look-at-parcels/look-at-parcels.js';
import { CarrierStandIn, type Misbehaviour, refused } from './testing/carrier-stand-in.js';
import { ShippingUnderTest } from './testing/shipping-under-test.js';

describe('A parcel whose webhooks are lost', () => {
  let broker: TestBroker;
  let database: TestDatabase;
  let carrier: CarrierStandIn;
  let shipping: ShippingUnderTest;

  beforeAll(async () => {
    [broker, database, carrier] = await Promise.all([testBroker(), testDatabase(), CarrierStandIn.start()]);
    shipping = await ShippingUnderTest.start({
      databaseUrl: database.url,
      natsUrl: broker.url,
      carrierUrl: carrier.url,
      environment: { CARRIER_CHECK_SECONDS: '3600' },
    });
  });
  afterAll(async () => {
    await shipping?.stop();
    await Promise.all([carrier?.stop(), broker?.stop()]);
    await database?.drop();
  });
  beforeEach(() => {
    carrier.misbehave = () => undefined;
  });

  const becomes = (orderId: string, status: string) =>
    eventually(() => shipping.shipment(orderId), { status } as never);
  const states = (orderId: string, types: string[]) =>
    eventually(
      () => shipping.typesOf(orderId),
      types.map((type) => `shipment.${type}`),
    );
  const confirmed = async (): Promise<{ orderId: string; confirmation: string }> => {
    const orderId = uuidv7();
    const confirmation = await shipping.confirm(orderId);
    await becomes(orderId, 'booked');
    return { orderId, confirmation };
  };
  const booked = async (): Promise<string> => (await confirmed()).orderId;
  const pickedUp = (orderId: string) => shipping.tell('shipment.picked_up', { ...carrier.pickUp(orderId) });
  /** Nothing was heard for as long as it may take. */
  const unheardOf = (orderId: string, at = `now() - interval '1 second'`) =>
    database.query(`UPDATE shipments SET next_look_at = ${at} WHERE order_id = $1`, [orderId]);
  const looksMeet = (misbehaviour: Misbehaviour) => {
    carrier.misbehave = ({ call }) => (call.startsWith('GET /carrier/v1/shipments/') ? misbehaviour : undefined);
  };
  const looksAt = (orderId: string) => carrier.callsOf(orderId).filter((call) => call === 'GET look').length;
  const isLookedAt = (orderId: string, times = 1) => eventually(() => looksAt(orderId) === times);
  const counted = (outcome: string) => shipping.counted('carrier_looks_total', { outcome });
  const refusals = (status: string) => shipping.counted('carrier_refusals_total', { status });
  /** Seconds until the next look, once the last one is settled. */
  const pauseOf = async (orderId: string): Promise<number> => {
    const seconds = async () => {
      const row = (await shipping.shipment(orderId))!;
      return (row.next_look_at!.getTime() - Date.now()) / 1000;
    };
    // A look that is under way has a lease of 15 seconds.
    return eventually(seconds, (pause) => pause > 60);
  };
  const closedGate = () => {
    let open!: () => void;
    const gate = new Promise<void>((resolve) => (open = resolve));
    return { gate, open };
  };

  it('is dispatched by the look that finds it gone, and delivered by the one that finds it there', async () => {
    const before = await counted('news');
    const { orderId, confirmation } = await confirmed();
    carrier.pickUp(orderId);
    await unheardOf(orderId);
    await states(orderId, ['dispatched']);
    expect(await pauseOf(orderId)).toBeGreaterThan(3500);
    carrier.deliver(orderId);
    await unheardOf(orderId);
    await states(orderId, ['dispatched', 'delivered']);

    const [consignment] = carrier.of(orderId);
    const told = { correlationId: orderId, causationId: confirmation };
    expect(shipping.factsOf(orderId)).toMatchObject([
      { ...told, sequence: 3, data: { orderId, dispatchedAt: consignment!.picked_up_at } },
      { ...told, sequence: 4, data: { orderId, deliveredAt: consignment!.delivered_at } },
    ]);
    expect(await shipping.shipment(orderId)).toMatchObject({ status: 'delivered', next_look_at: null, attempts: 3 });
    expect(carrier.callsOf(orderId)).toEqual(['POST book', 'GET look', 'GET look']);
    await eventually(() => counted('news'), before + 2);
  });

  it('is delivered by the look when only its pick-up was told', async () => {
    const orderId = await booked();
    await pickedUp(orderId);
    await becomes(orderId, 'dispatched');
    expect(await pauseOf(orderId)).toBeGreaterThan(3500);
    carrier.deliver(orderId);
    await unheardOf(orderId);

    await states(orderId, ['dispatched', 'delivered']);
  });

  it('is left alone until nothing was heard for as long as it may take', async () => {
    const before = await counted('no-news');
    const orderId = await booked();
    expect(await pauseOf(orderId)).toBeGreaterThan(3500);
    const other = await booked();
    await unheardOf(other);
    await isLookedAt(other);

    await eventually(() => counted('no-news'), before + 1);
    expect(looksAt(orderId)).toBe(0);
  });

  it('has nothing stated and waits for the next look when it is where it was', async () => {
    const before = await counted('no-news');
    const orderId = await booked();
    await unheardOf(orderId);
    await isLookedAt(orderId);

    expect(await pauseOf(orderId)).toBeGreaterThan(3500);
    expect(await shipping.shipment(orderId)).toMatchObject({ status: 'booked', version: 2, last_error: null });
    await eventually(() => counted('no-news'), before + 1);
    await shipping.catchUp();
    expect(shipping.typesOf(orderId)).toEqual([]);
    expect(looksAt(orderId)).toBe(1);
  });

  it('is dispatched once when the webhook comes while it is looked at', async () => {
    const before = await counted('no-news');
    const { gate, open } = closedGate();
    looksMeet(gate);
    const orderId = await booked();
    const leaving = { ...carrier.pickUp(orderId) };
    await unheardOf(orderId);
    await isLookedAt(orderId);
    const event = await shipping.tell('shipment.picked_up', leaving);
    await becomes(orderId, 'dispatched');
    const row = await shipping.shipment(orderId);
    open();
    await eventually(() => counted('no-news'), before + 1);

    expect(await shipping.shipment(orderId)).toEqual(row);
    await shipping.catchUp();
    expect(shipping.factsOf(orderId)).toMatchObject([{ type: 'shipment.dispatched.v1', causationId: event }]);
  });

  it('is dispatched once when the webhook comes after the look', async () => {
    const orderId = await booked();
    const leaving = { ...carrier.pickUp(orderId) };
    await unheardOf(orderId);
    await states(orderId, ['dispatched']);
    await shipping.tell('shipment.picked_up', leaving);
    await shipping.catchUp();

    expect(shipping.typesOf(orderId)).toEqual(['shipment.dispatched']);
    expect(await shipping.shipment(orderId)).toMatchObject({ status: 'dispatched', version: 3 });
  });

  it.each<[string, (orderId: string) => void, string]>([
    [
      'cancelled by somebody else',
      (orderId) => Object.assign(carrier.of(orderId)[0]!, { status: 'cancelled' }),
      'The carrier has shp_N as cancelled',
    ],
    [
      'not known',
      () => looksMeet(refused(404, 'not_found')),
      'The carrier answered 404 not_found: not_found: see 1 Main St',
    ],
  ])('that is %s there is kept for a person, and looked at again', async (_what, spoil, error) => {
    const before = await refusals('booked');
    const orderId = await booked();
    spoil(orderId);
    await unheardOf(orderId);
    await eventually(() => refusals('booked'), before + 1);

    expect(await pauseOf(orderId)).toBeGreaterThan(3500);
    const { id } = carrier.of(orderId)[0]!;
    const spoilt = { status: 'booked', version: 2, last_error: error.replace('shp_N', id), failures: 1 };
    expect(await shipping.shipment(orderId)).toMatchObject(spoilt);
    expect(carrier.callsOf(orderId)).toEqual(['POST book', 'GET look']);
    expect(shipping.typesOf(orderId)).toEqual([]);
    carrier.misbehave = () => undefined;
    carrier.pickUp(orderId);
    await unheardOf(orderId);
    await states(orderId, ['dispatched']);
    expect(await shipping.shipment(orderId)).toMatchObject({ last_error: null, failures: 0 });
  });

  it('that is brought back though nobody asked is kept for a person', async () => {
    const before = await refusals('dispatched');
    const orderId = await booked();
    await pickedUp(orderId);
    await becomes(orderId, 'dispatched');
    Object.assign(carrier.of(orderId)[0]!, { status: 'returning', returning_at: new Date().toISOString() });
    await unheardOf(orderId);
    await eventually(() => refusals('dispatched'), before + 1);

    expect(await shipping.shipment(orderId)).toMatchObject({ status: 'dispatched', version: 3 });
    expect((await shipping.shipment(orderId))!.last_error).toMatch(/has shp_\d+ as returning/);
  });

  it('is looked at again soon when the carrier gives no answer', async () => {
    let left = 2;
    carrier.misbehave = ({ call }) => (call.startsWith('GET') && left-- > 0 ? 'garble answer' : undefined);
    const orderId = await booked();
    carrier.pickUp(orderId);
    await unheardOf(orderId);

    await states(orderId, ['dispatched']);
    expect(looksAt(orderId)).toBe(3);
  });

  it('is called off, and nobody alarmed, when its order is cancelled while it is looked at', async () => {
    const before = [await refusals('booked'), await counted('refused')];
    const { gate, open } = closedGate();
    const orderId = await booked();
    // It answers with what is in its books once the parcel is called off.
    looksMeet(gate.then(() => ({ status: 200, body: carrier.of(orderId)[0]! })));
    await unheardOf(orderId);
    await isLookedAt(orderId);
    await shipping.cancel(orderId);
    await states(orderId, ['cancelled']);
    const row = await shipping.shipment(orderId);
    open();
    await eventually(() => counted('refused'), before[1]! + 1);

    expect(await refusals('booked')).toBe(before[0]);
    expect(await shipping.shipment(orderId)).toEqual(row);
    expect(carrier.callsOf(orderId)).toEqual(['POST book', 'GET look', 'POST cancel']);
  });

  it('is looked at when an instance that knew of no looks booked it', async () => {
    const orderId = await booked();
    carrier.pickUp(orderId);
    await unheardOf(orderId, 'NULL');

    await states(orderId, ['dispatched']);
  });

  it('waits for its turn: a round takes as many as may be looked at together, the longest unheard of first', async () => {
    const work = shipping.app.get(LookAtParcels);
    const orderIds = await Promise.all(Array.from({ length: 10 }, booked));
    await work.stop();
    await Promise.all(orderIds.map((id, age) => unheardOf(id, `now() - interval '${age + 1} hours'`)));
    const claimed = async (limit: number) => (await work['claim'](limit, 15)).map(({ orderId }) => orderId).sort();

    expect(work.concurrency).toBe(8);
    expect(await claimed(8)).toEqual([]);
    expect(await claimed(16)).toEqual(orderIds.slice(2).sort());
    expect(await claimed(16)).toEqual(orderIds.slice(0, 2).sort());
    // Nobody else has them as long as the leases last, and whoever comes then if their process died.
    expect(await claimed(16)).toEqual([]);
    await Promise.all(orderIds.map((id) => unheardOf(id)));
    expect(await claimed(16)).toHaveLength(8);
    work.start();
  });
});
