import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { CarrierStandIn, type Misbehaviour, refused, type Request } from './testing/carrier-stand-in.js';
import { ShippingUnderTest } from './testing/shipping-under-test.js';

describe('The shipment of a confirmed order', () => {
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

  const confirmed = async (orderId: string = uuidv7()): Promise<string> => {
    await shipping.confirm(orderId);
    return orderId;
  };
  const becomes = (orderId: string, status: string) =>
    eventually(() => shipping.shipment(orderId), { status } as never);
  const bookings = (orderId: string) => carrier.callsOf(orderId).filter((call) => call === 'POST book').length;
  /** Misbehaves the first time it is asked for a booking. */
  const once = (misbehaviour: Misbehaviour) => {
    let left = 1;
    carrier.misbehave = ({ call }: Request) =>
      call === 'POST /carrier/v1/shipments' && left-- > 0 ? misbehaviour : undefined;
  };

  it('is booked with everything the carrier needs, under its own id', async () => {
    const orderId = await confirmed();

    const row = await becomes(orderId, 'booked');
    const [consignment] = carrier.of(orderId);
    expect(row).toMatchObject({
      carrier_id: consignment!.id,
      tracking_number: consignment!.tracking_number,
      version: 2,
      attempts: 1,
      last_error: null,
      next_attempt_at: null,
      leased_until: null,
    });
    const request = carrier.requests.find(({ body }) => body.includes(orderId))!;
    expect(request).toMatchObject({ key: row!.id, authorization: 'Bearer ck_spec' });
    expect(JSON.parse(request.body)).toEqual({
      reference: orderId,
      recipient: { name: 'Ada Lovelace' },
      address: { line1: '1 Main St', city: 'Springfield', postal_code: '12345', country: 'US' },
      items: [{ sku: 'KEYB-01', quantity: 2 }],
    });
  });

  it('is booked once however often the order is confirmed', async () => {
    const orderId = await confirmed();
    await confirmed(orderId);
    await becomes(orderId, 'booked');
    await confirmed(orderId);
    await shipping.catchUp();

    expect(bookings(orderId)).toBe(1);
    expect(await shipping.shipment(orderId)).toMatchObject({ status: 'booked', version: 2 });
  });

  it('is booked once, under one key, when the carrier books and does not answer', async () => {
    once('swallow answer');
    const orderId = await confirmed();

    const row = await becomes(orderId, 'booked');
    expect(bookings(orderId)).toBe(2);
    expect(carrier.of(orderId)).toHaveLength(1);
    const asked = carrier.requests.filter(({ body }) => body.includes(orderId));
    expect(asked.map(({ key }) => key)).toEqual([row!.id, row!.id]);
    expect(new Set(asked.map(({ body }) => body)).size).toBe(1);
  });

  it.each<[string, Misbehaviour]>([
    ['does not react', 'ignore'],
    ['has a fault', refused(500, 'internal')],
    ['wants fewer requests', refused(429, 'too_many_requests')],
    ['does not accept our key', refused(401, 'unauthorized')],
    ['answers with a redirect', { status: 302, body: {} }],
    ['answers with a page', { status: 200, body: '<html>' }],
    ['answers nonsense', { status: 201, body: { id: 'shp_x' } }],
    ['answers about another order', { status: 201, body: anotherOrders() }],
  ])('is booked later when the carrier %s', async (_reason, misbehaviour) => {
    const leftToLeases = () => shipping.counted('outside_work_seconds', { result: 'left to its lease' });
    const before = await leftToLeases();
    once(misbehaviour);
    const orderId = await confirmed();

    await becomes(orderId, 'booked');
    expect(carrier.of(orderId)).toHaveLength(1);
    expect(bookings(orderId)).toBe(2);
    expect(await leftToLeases()).toBe(before);
  });

  it('is booked later when the carrier says more than can be read', async () => {
    let left = 1;
    carrier.misbehave = ({ body }) => {
      if (left-- <= 0) return undefined;
      const { reference } = JSON.parse(body) as { reference: string };
      return { status: 201, body: { ...anotherOrders(), reference, remark: 'x'.repeat(300_000) } };
    };
    const orderId = await confirmed();

    expect(await becomes(orderId, 'booked')).toMatchObject({ attempts: 2, carrier_id: carrier.of(orderId)[0]!.id });
  });

  it.each([
    [400, 'invalid_request'],
    [422, 'idempotency_key_reused'],
  ])('that the carrier refuses with %s stays to be booked, and says why', async (status, code) => {
    const before = await shipping.counted('carrier_refusals_total', { status: 'pending' });
    carrier.misbehave = ({ call }) => (call === 'POST /carrier/v1/shipments' ? refused(status, code) : undefined);
    const orderId = await confirmed();

    const row = await eventually(
      () => shipping.shipment(orderId),
      (found) => found?.last_error != null,
    );
    expect(row).toMatchObject({
      status: 'pending',
      last_error: `The carrier answered ${status} ${code}: ${code}: see 1 Main St`,
    });
    expect(await shipping.counted('carrier_refusals_total', { status: 'pending' })).toBeGreaterThan(before);
    carrier.misbehave = () => undefined;
    expect(await becomes(orderId, 'booked')).toMatchObject({ last_error: null, failures: 0 });
  });

  it('is booked once when the process dies between the booking and its record', async () => {
    const orderId = await bookAndCrash();
    expect(await shipping.shipment(orderId)).toMatchObject({ status: 'pending', carrier_id: null });
    await database.query(`UPDATE shipments SET leased_until = now(), next_attempt_at = now() WHERE order_id = $1`, [
      orderId,
    ]);

    await becomes(orderId, 'booked');
    expect(bookings(orderId)).toBe(2);
    expect(carrier.of(orderId)).toHaveLength(1);
  });

  /** A process takes the order, asks the carrier and dies before it can record the answer. */
  const bookAndCrash = async (): Promise<string> => {
    await database.query(`
      CREATE SEQUENCE crashes;
      CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM nextval('crashes'); RAISE 'the process died'; END $$;
      CREATE TRIGGER crash BEFORE UPDATE ON shipments FOR EACH ROW
        WHEN (new.leased_until IS NULL) EXECUTE FUNCTION crash()`);
    try {
      const orderId = await confirmed();
      await eventually(
        () => database.query<{ is_called: boolean }>('SELECT is_called FROM crashes'),
        [{ is_called: true }],
      );
      return orderId;
    } finally {
      await database.query('DROP TRIGGER crash ON shipments; DROP FUNCTION crash; DROP SEQUENCE crashes');
    }
  };
});

function anotherOrders(): object {
  return { id: 'shp_9', reference: uuidv7(), status: 'booked', carrier: 'X', tracking_number: 'X' };
}
