import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { type Consignment, CarrierStandIn } from './testing/carrier-stand-in.js';
import { ShippingUnderTest } from './testing/shipping-under-test.js';

describe("The carrier's webhooks", () => {
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
  const states = (orderId: string, types: string[]) => eventually(() => shipping.typesOf(orderId), types);
  const booked = async (): Promise<string> => {
    const orderId = uuidv7();
    await shipping.confirm(orderId);
    await becomes(orderId, 'booked');
    return orderId;
  };
  const pickedUp = (orderId: string) => shipping.tell('shipment.picked_up', { ...carrier.pickUp(orderId) });
  const delivered = (orderId: string) => shipping.tell('shipment.delivered', { ...carrier.deliver(orderId) });
  const counted = (labels: Record<string, string>) => shipping.counted('carrier_webhooks_total', labels);
  const deadLetterOf = (eventId: string) =>
    eventually(async () => (await shipping.deadLetters()).find(({ event }) => event.id === eventId));
  const stray = (reference: string): Consignment => ({
    ...{ id: 'shp_stray', reference, status: 'picked_up', carrier: 'Stand-in Express', tracking_number: 'SE0' },
    ...{ created_at: '2026-01-02T00:00:00Z', picked_up_at: '2026-01-02T00:00:00Z' },
    ...{ delivered_at: null, cancelled_at: null, returning_at: null },
  });

  it('tell that the parcel left and arrived, and whoever follows the order hears it', async () => {
    const orderId = await booked();
    const leaving = await pickedUp(orderId);
    await states(orderId, ['shipment.dispatched']);
    const arrival = await delivered(orderId);
    await states(orderId, ['shipment.dispatched', 'shipment.delivered']);

    const [consignment] = carrier.of(orderId);
    const row = await becomes(orderId, 'delivered');
    const parcel = { shipmentId: row!.id, orderId, carrier: 'Stand-in Express', trackingNumber: row!.tracking_number };
    const told = { subject: row!.id, correlationId: orderId, source: '/shipping' };
    expect(shipping.factsOf(orderId)).toMatchObject([
      { ...told, sequence: 3, causationId: leaving, data: { ...parcel, dispatchedAt: consignment!.picked_up_at } },
      { ...told, sequence: 4, causationId: arrival, data: { ...parcel, deliveredAt: consignment!.delivered_at } },
    ]);
  });

  it('change nothing when they come again, or late', async () => {
    const orderId = await booked();
    const before = await counted({ type: 'shipment.picked_up', outcome: 'old-news' });
    const leaving = { ...carrier.pickUp(orderId) };
    await shipping.tell('shipment.picked_up', leaving);
    await shipping.tell('shipment.picked_up', leaving);
    await delivered(orderId);
    await states(orderId, ['shipment.dispatched', 'shipment.delivered']);
    const row = await shipping.shipment(orderId);
    await shipping.tell('shipment.picked_up', leaving);
    await shipping.tell('shipment.delivered', carrier.of(orderId)[0]!);
    await shipping.catchUp();

    expect(await shipping.shipment(orderId)).toEqual(row);
    expect(shipping.typesOf(orderId)).toEqual(['shipment.dispatched', 'shipment.delivered']);
    expect(await counted({ type: 'shipment.picked_up', outcome: 'old-news' })).toBe(before + 2);
  });

  it('tell of both moves at once when the arrival is heard of first', async () => {
    const orderId = await booked();
    const leaving = { ...carrier.pickUp(orderId) };
    await delivered(orderId);
    await states(orderId, ['shipment.dispatched', 'shipment.delivered']);
    await shipping.tell('shipment.picked_up', leaving);
    await shipping.catchUp();

    expect(shipping.factsOf(orderId)).toMatchObject([
      { type: 'shipment.dispatched.v1', data: { dispatchedAt: leaving.picked_up_at } },
      { type: 'shipment.delivered.v1' },
    ]);
    expect(await shipping.shipment(orderId)).toMatchObject({ status: 'delivered', version: 4 });
  });

  it('may come before the answer to the booking, which takes nothing back', async () => {
    let answer!: () => void;
    const gate = new Promise<void>((resolve) => (answer = resolve));
    carrier.misbehave = ({ call }) => (call === 'POST /carrier/v1/shipments' ? gate : undefined);
    const orderId = uuidv7();
    await shipping.confirm(orderId);
    await eventually(() => carrier.of(orderId).length === 1);
    await pickedUp(orderId);
    await states(orderId, ['shipment.dispatched']);
    const row = await becomes(orderId, 'dispatched');
    expect(row).toMatchObject({ carrier_id: carrier.of(orderId)[0]!.id, next_attempt_at: null });
    const settled = await shipping.counted('outside_work_seconds', { work: 'ship-parcels', result: 'done' });
    answer();
    await eventually(
      () => shipping.counted('outside_work_seconds', { work: 'ship-parcels', result: 'done' }),
      (count) => count > settled,
    );

    expect(await shipping.shipment(orderId)).toEqual(row);
    expect(carrier.callsOf(orderId)).toEqual(['POST book']);
    expect(shipping.typesOf(orderId)).toEqual(['shipment.dispatched']);
  });

  it('about an order that was never given to the carrier are dead letters that say what to do', async () => {
    const before = await counted({ type: 'shipment.picked_up', outcome: 'dead' });
    const orderId = uuidv7();
    const event = await shipping.tell('shipment.picked_up', stray(orderId));

    const letter = await deadLetterOf(event);
    expect(letter).toMatchObject({
      reaction: 'shipping-follow-carrier-when-webhook-received',
      reason: 'unprocessable',
    });
    expect(letter!.error).toMatch(new RegExp(`shp_stray for order ${orderId}.*Ask the carrier`));
    expect(await counted({ type: 'shipment.picked_up', outcome: 'dead' })).toBe(before + 1);
  });

  it('about an order that was cancelled before it was shipped are dead letters too', async () => {
    const orderId = uuidv7();
    await shipping.cancel(orderId);
    await becomes(orderId, 'cancelled');
    await deadLetterOf(await shipping.tell('shipment.picked_up', stray(orderId)));

    expect(await shipping.shipment(orderId)).toMatchObject({ status: 'cancelled', version: 1 });
    expect(shipping.typesOf(orderId)).toEqual([]);
  });

  it('about a second parcel of an order are dead letters', async () => {
    const orderId = await booked();
    const letter = await deadLetterOf(await shipping.tell('shipment.picked_up', stray(orderId)));

    expect(letter!.error).toMatch(/shp_stray.*cancelled/);
    expect(await shipping.shipment(orderId)).toMatchObject({ status: 'booked' });
  });

  it('that cannot be read are dead letters, and hold up none that came with them', async () => {
    const orderIds = await Promise.all(Array.from({ length: 5 }, booked));
    const [, garbage] = await Promise.all([
      ...orderIds.slice(0, 1).map(pickedUp),
      shipping.receive('{"type":"shipment.picked_up"'),
      ...orderIds.slice(1).map(pickedUp),
    ]);

    for (const orderId of orderIds) await states(orderId, ['shipment.dispatched']);
    const letter = await deadLetterOf(garbage!);
    expect(letter!.error).toMatch(/msg_\S+ cannot be read: it is not JSON.*\/v1\/inbound-webhooks\//);
  });

  it('of a type that means nothing here are counted, and forgotten', async () => {
    const before = await counted({ type: 'other', outcome: 'ignored' });
    const orderId = await booked();
    const row = await shipping.shipment(orderId);
    const event = await shipping.tell('shipment.sneezed_at', stray(orderId));
    await shipping.catchUp();

    expect(await counted({ type: 'other', outcome: 'ignored' })).toBe(before + 1);
    expect(await shipping.shipment(orderId)).toEqual(row);
    expect((await shipping.deadLetters()).some((letter) => letter.event.id === event)).toBe(false);
  });

  it('of other senders are none of its business', async () => {
    const orderId = await booked();
    const event = await shipping.tell('shipment.picked_up', { ...carrier.pickUp(orderId) }, { source: 'stripe' });
    const garbage = await shipping.receive('{', { source: 'stripe' });
    await shipping.catchUp();

    expect(await shipping.shipment(orderId)).toMatchObject({ status: 'booked' });
    expect((await shipping.deadLetters()).some((letter) => [event, garbage].includes(letter.event.id))).toBe(false);
  });
});
