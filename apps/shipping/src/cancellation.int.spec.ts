import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { CarrierStandIn, type Misbehaviour } from './testing/carrier-stand-in.js';
import { ShippingUnderTest } from './testing/shipping-under-test.js';

describe('When an order is cancelled, its shipment', () => {
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
      environment: { CARRIER_CONCURRENCY: '2', CARRIER_LOOKUP_LAG_SECONDS: '1' },
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
  const confirmed = async (orderId: string = uuidv7()): Promise<string> => {
    await shipping.confirm(orderId);
    return orderId;
  };
  const booked = async (): Promise<string> => {
    const orderId = await confirmed();
    await becomes(orderId, 'booked');
    return orderId;
  };
  const pickedUp = (orderId: string) => shipping.tell('shipment.picked_up', { ...carrier.pickUp(orderId) });
  const delivered = (orderId: string) => shipping.tell('shipment.delivered', { ...carrier.deliver(orderId) });
  const bookingsMeet = (misbehaviour: Misbehaviour) => {
    carrier.misbehave = ({ call }) => (call === 'POST /carrier/v1/shipments' ? misbehaviour : undefined);
  };
  const closedGate = () => {
    let open!: () => void;
    const gate = new Promise<void>((resolve) => (open = resolve));
    return { gate, open };
  };

  it('is never booked when the order is confirmed only afterwards', async () => {
    const orderId = uuidv7();
    await shipping.cancel(orderId);
    await becomes(orderId, 'cancelled');
    await confirmed(orderId);
    await shipping.catchUp();

    expect(await shipping.shipment(orderId)).toMatchObject({ status: 'cancelled', version: 1, attempts: 0 });
    expect(carrier.callsOf(orderId)).toEqual([]);
    expect(shipping.typesOf(orderId)).toEqual([]);
  });

  it('is cancelled at once when nobody has asked the carrier yet', async () => {
    const { gate, open } = closedGate();
    bookingsMeet(gate);
    const orderIds = await Promise.all(Array.from({ length: 30 }, () => confirmed()));
    const waiting = await eventually(
      () =>
        database.query<{ order_id: string }>(
          `SELECT order_id FROM shipments WHERE order_id = ANY ($1) AND booking_asked_at IS NULL`,
          [orderIds],
        ),
      (rows) => rows.length >= 10,
    );
    const orderId = waiting.at(-1)!.order_id;
    const cancellation = await shipping.cancel(orderId);
    await states(orderId, ['cancelled']);
    open();
    for (const other of orderIds.filter((id) => id !== orderId)) await becomes(other, 'booked');

    expect(carrier.callsOf(orderId)).toEqual([]);
    expect(shipping.factsOf(orderId)).toMatchObject([
      { sequence: 2, causationId: cancellation, correlationId: orderId, data: { orderId } },
    ]);
  });

  it('is called off at the carrier, once however often the order is cancelled', async () => {
    const orderId = await booked();
    const cancellation = await shipping.cancel(orderId);
    await shipping.cancel(orderId);
    await states(orderId, ['cancelled']);
    await shipping.cancel(orderId);
    await shipping.catchUp();

    expect(carrier.of(orderId)).toMatchObject([{ status: 'cancelled' }]);
    expect(carrier.callsOf(orderId)).toEqual(['POST book', 'POST cancel']);
    expect(shipping.factsOf(orderId)).toMatchObject([
      { causationId: cancellation, data: { cancelledAt: carrier.of(orderId)[0]!.cancelled_at } },
    ]);
    expect(await becomes(orderId, 'cancelled')).toMatchObject({ next_attempt_at: null, leased_until: null });
  });

  it('is called off when the carrier was just booking it', async () => {
    const { gate, open } = closedGate();
    bookingsMeet(gate);
    const orderId = await confirmed();
    await eventually(() => carrier.of(orderId).length === 1);
    await shipping.cancel(orderId);
    const row = await becomes(orderId, 'cancelling');
    expect(row!.leased_until).not.toBeNull();
    expect(carrier.callsOf(orderId)).toEqual(['POST book']);
    open();

    await states(orderId, ['cancelled']);
    expect(carrier.callsOf(orderId)).toEqual(['POST book', 'POST cancel']);
  });

  it('is looked up, called off and never booked again when the outcome of its booking is unknown', async () => {
    bookingsMeet('swallow answer');
    const orderId = await confirmed();
    await eventually(() => carrier.of(orderId).length === 1);
    await shipping.cancel(orderId);

    await states(orderId, ['cancelled']);
    expect(carrier.callsOf(orderId)).toEqual(['POST book', 'GET look-up', 'POST cancel']);
    expect(carrier.of(orderId)).toMatchObject([{ status: 'cancelled' }]);
  });

  it('ends only when the carrier would have the booking by now, and has not', async () => {
    bookingsMeet('ignore');
    const orderId = await confirmed();
    await eventually(() => carrier.callsOf(orderId).length === 1);
    await shipping.cancel(orderId);
    await becomes(orderId, 'cancelling');
    await database.query(`UPDATE shipments SET booking_asked_at = now() + interval '1 hour' WHERE order_id = $1`, [
      orderId,
    ]);
    const lookedUp = await eventually(
      () => shipping.shipment(orderId),
      (row) => row!.attempts > 1 && row!.leased_until === null,
    );
    expect(carrier.callsOf(orderId)).toEqual(['POST book', 'GET look-up']);
    expect(lookedUp).toMatchObject({ status: 'cancelling', failures: 0 });
    await database.query(`UPDATE shipments SET booking_asked_at = now() - interval '1 minute' WHERE order_id = $1`, [
      orderId,
    ]);

    await states(orderId, ['cancelled']);
    expect(carrier.callsOf(orderId).filter((call) => call === 'POST book')).toHaveLength(1);
    expect(carrier.of(orderId)).toEqual([]);
  });

  it('is brought back when the parcel has left', async () => {
    const orderId = await booked();
    await pickedUp(orderId);
    await states(orderId, ['dispatched']);
    const cancellation = await shipping.cancel(orderId);
    await states(orderId, ['dispatched', 'recalled']);
    await shipping.cancel(orderId);
    await shipping.catchUp();

    expect(carrier.callsOf(orderId)).toEqual(['POST book', 'POST return']);
    expect(shipping.factsOf(orderId)[1]).toMatchObject({
      causationId: cancellation,
      data: {
        trackingNumber: 'SE' + carrier.of(orderId)[0]!.id.slice(4),
        recalledAt: carrier.of(orderId)[0]!.returning_at,
      },
    });
    expect(await shipping.shipment(orderId)).toMatchObject({ status: 'recalled', next_attempt_at: null });
  });

  it('is brought back when the parcel leaves while it is called off, before its webhook is heard', async () => {
    const orderId = await booked();
    const leaving = { ...carrier.pickUp(orderId) };
    await shipping.cancel(orderId);
    await states(orderId, ['dispatched', 'recalled']);
    await shipping.tell('shipment.picked_up', leaving);
    await shipping.catchUp();

    expect(carrier.callsOf(orderId)).toEqual(['POST book', 'POST cancel', 'GET look', 'POST return']);
    expect(shipping.typesOf(orderId)).toEqual(['shipment.dispatched', 'shipment.recalled']);
    expect(shipping.factsOf(orderId)[0]!.data).toMatchObject({ dispatchedAt: leaving.picked_up_at });
  });

  it('is brought back when the webhook says that it left although it was being called off', async () => {
    carrier.misbehave = ({ call }) => (call.endsWith('/cancel') ? { status: 503, body: {} } : undefined);
    const orderId = await booked();
    await shipping.cancel(orderId);
    await becomes(orderId, 'cancelling');
    await pickedUp(orderId);

    await states(orderId, ['dispatched', 'recalled']);
    expect(carrier.of(orderId)).toMatchObject([{ status: 'returning' }]);
  });

  it('is brought back when a booking that was thought to have failed turns out to have left', async () => {
    bookingsMeet({ status: 503, body: {} });
    const orderId = await confirmed();
    await eventually(
      () => shipping.shipment(orderId),
      (row) => row?.last_error != null,
    );
    await shipping.cancel(orderId);
    await becomes(orderId, 'cancelling');
    await database.query(`UPDATE shipments SET booking_asked_at = now() - interval '1 minute' WHERE order_id = $1`, [
      orderId,
    ]);
    await states(orderId, ['cancelled']);
    // The carrier took it after all.
    carrier.misbehave = () => undefined;
    const consignment = { ...carrier.of(await booked())[0]!, id: 'shp_late', reference: orderId };
    carrier.consignments.push(consignment);
    await pickedUp(orderId);

    await states(orderId, ['cancelled', 'dispatched', 'recalled']);
    expect(await shipping.shipment(orderId)).toMatchObject({ carrier_id: 'shp_late' });
  });

  it('cannot be brought back once the parcel was delivered, and says so', async () => {
    const orderId = await booked();
    await pickedUp(orderId);
    await delivered(orderId);
    await states(orderId, ['dispatched', 'delivered']);
    const cancellation = await shipping.cancel(orderId);
    await states(orderId, ['dispatched', 'delivered', 'recall-failed']);

    expect(carrier.callsOf(orderId)).toEqual(['POST book']);
    expect(shipping.factsOf(orderId)[2]).toMatchObject({
      causationId: cancellation,
      data: { reason: 'already_delivered', trackingNumber: carrier.of(orderId)[0]!.tracking_number },
    });
  });

  it('cannot be brought back when the parcel arrives before the carrier is asked', async () => {
    const orderId = await booked();
    await pickedUp(orderId);
    await states(orderId, ['dispatched']);
    const arrival = { ...carrier.deliver(orderId) };
    await shipping.cancel(orderId);
    await states(orderId, ['dispatched', 'delivered', 'recall-failed']);
    await shipping.tell('shipment.delivered', arrival);
    await shipping.catchUp();

    expect(carrier.callsOf(orderId)).toEqual(['POST book', 'POST return', 'GET look']);
    expect(shipping.typesOf(orderId)).toHaveLength(3);
  });

  it.each(['cancel', 'return'])('is asked about again until the carrier answers: %s', async (verb) => {
    let failures = 3;
    carrier.misbehave = ({ call }) => (call.endsWith(`/${verb}`) && failures-- > 0 ? 'garble answer' : undefined);
    const orderId = await booked();
    if (verb === 'return') {
      await pickedUp(orderId);
      await states(orderId, ['dispatched']);
    }
    await shipping.cancel(orderId);

    await states(orderId, verb === 'return' ? ['dispatched', 'recalled'] : ['cancelled']);
    expect(carrier.callsOf(orderId).filter((call) => call === `POST ${verb}`)).toHaveLength(4);
  });
});
