import { jest } from '@jest/globals';
import { eventually, testDatabase, type TestDatabase } from '@hookshop/testing';
import { type RunningSandbox, startSandbox } from '../testing/running-sandbox.js';
import { CarrierClient } from './testing/carrier-client.js';
import { ShopDoor } from './testing/shop-door.js';

jest.setTimeout(30_000);

describe('what the carrier tells the shop', () => {
  let database: TestDatabase;
  let door: ShopDoor;
  let sandbox: RunningSandbox;
  let carrier: CarrierClient;

  beforeAll(async () => {
    database = await testDatabase();
    door = await ShopDoor.open();
    sandbox = await startSandbox(database.url, door.environment);
    carrier = new CarrierClient(sandbox);
  });
  afterEach(async () => {
    door.letGo();
    await behave({});
    expect(door.refused).toEqual([]);
  });
  afterAll(async () => {
    await sandbox?.stop();
    await door?.close();
    await database?.drop();
  });

  const behave = (wanted: object) => sandbox.call('PUT', '/carrier/behaviour', wanted);
  /** What is owed about a shipment, sent or not, copies included. */
  const owed = (id: string) =>
    database.query<{ type: string; delivered: boolean }>(
      `SELECT body::jsonb ->> 'type' AS type, delivered_at IS NOT NULL AS delivered
       FROM webhooks WHERE sender = 'carrier' AND body::jsonb -> 'data' ->> 'id' = $1 ORDER BY id`,
      [id],
    );
  const told = (id: string, times: number) =>
    eventually(
      () => door.about(id),
      (webhooks) => webhooks.length === times,
    );

  it('is the shipment as it was at each moment, signed', async () => {
    const id = await carrier.booked('story');

    await carrier.pickUp(id);
    const [pickedUp] = await told(id, 1);
    expect(pickedUp).toMatchObject({ id: expect.stringMatching(/^msg_\w+$/), type: 'shipment.picked_up' });
    expect(pickedUp!.data).toEqual((await carrier.show(id)).body);
    expect(pickedUp!.timestamp).toBe(pickedUp!.data['picked_up_at']);

    await carrier.deliver(id);
    const [, delivered] = await told(id, 2);
    expect(delivered!.type).toBe('shipment.delivered');
    expect(delivered!.data).toEqual((await carrier.show(id)).body);
    expect(delivered!.id).not.toBe(pickedUp!.id);
  });

  it('is both moves of a parcel delivered at once', async () => {
    const id = await carrier.booked('both');

    await carrier.deliver(id);

    const webhooks = await told(id, 2);
    const byType = Object.fromEntries(webhooks.map(({ type, data }) => [type, data]));
    expect(byType['shipment.picked_up']).toMatchObject({ status: 'picked_up', delivered_at: null });
    expect(byType['shipment.delivered']).toMatchObject({ status: 'delivered', delivered_at: expect.any(String) });
  });

  it('is nothing when nothing moved, and nothing of what the shop did itself', async () => {
    const [moved, cancelled, returned] = [
      await carrier.booked('again'),
      await carrier.booked('cancelled'),
      await carrier.booked('returned'),
    ];
    await carrier.deliver(moved);
    await carrier.cancel(cancelled);
    await carrier.pickUp(returned);
    await carrier.return(returned);

    await Promise.all([carrier.pickUp(moved), carrier.deliver(moved)]);
    await Promise.all([carrier.pickUp(cancelled), carrier.deliver(cancelled)]);
    await Promise.all([carrier.pickUp(returned), carrier.deliver(returned)]);

    expect(await owed(moved)).toHaveLength(2);
    expect(await owed(cancelled)).toEqual([]);
    expect(await owed(returned)).toMatchObject([{ type: 'shipment.picked_up' }]);
  });

  it('is each move once, however many drivers say so at once', async () => {
    const id = await carrier.booked('crowd');

    const moves = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? carrier.pickUp(id) : carrier.deliver(id))),
    );

    expect(moves.map(({ status }) => status)).toEqual(moves.map(() => 200));
    expect((await owed(id)).map(({ type }) => type)).toEqual(['shipment.picked_up', 'shipment.delivered']);
  });

  it('comes twice under one id when it is told to', async () => {
    await behave({ webhookTwice: true, times: 1 });
    const [twice, once] = [await carrier.booked('twice'), await carrier.booked('once')];

    await carrier.pickUp(twice);
    await carrier.pickUp(once);

    const [first, second] = await told(twice, 2);
    expect(second).toEqual(first);
    await told(once, 1);
    expect(await owed(twice)).toHaveLength(2);
    expect(await owed(once)).toHaveLength(1);
  });

  it('is the delivery first when it is told to, and the pick-up once that was answered', async () => {
    await behave({ deliveredFirst: true, times: 1 });
    door.held = [];
    const id = await carrier.booked('reversed');

    await carrier.deliver(id);
    await eventually(() => door.held!.length === 1);
    // The pick-up would have been sent together with it, and is not even due.
    expect(door.typesAbout(id)).toEqual(['shipment.delivered']);
    expect(
      await database.query(
        `SELECT FROM webhooks WHERE due_at > now() AND attempts = 0 AND body::jsonb -> 'data' ->> 'id' = $1`,
        [id],
      ),
    ).toHaveLength(1);

    door.letGo();
    await told(id, 2);
    expect(door.typesAbout(id)).toEqual(['shipment.delivered', 'shipment.picked_up']);
  });

  it('comes before the answer to the booking when it is told to', async () => {
    await behave({ webhookFirst: true, webhookTwice: true, times: 1 });
    door.held = [];
    let answered = false;
    const booking = carrier.book('first').finally(() => (answered = true));

    const [webhook] = await eventually(
      () => door.received.filter(({ data }) => data['reference'] === 'first'),
      (webhooks) => webhooks.length === 1,
    );
    // Time enough for an answer that waits for nothing.
    for (let round = 0; round < 20; round += 1) await carrier.show(String(webhook!.data['id']));
    expect(answered).toBe(false);
    door.letGo();

    const { status, body } = await booking;
    expect({ status, shown: body.status }).toEqual({ status: 201, shown: 'booked' });
    expect(webhook).toMatchObject({
      type: 'shipment.picked_up',
      data: { id: body.id, status: 'picked_up', tracking_number: body.tracking_number },
    });
    expect((await carrier.show(body.id)).body.status).toBe('picked_up');
    await told(body.id, 2);

    const again = await carrier.book('first');
    expect(again).toMatchObject({ status: 201, body });
    expect(await owed(body.id)).toHaveLength(2);
    expect((await carrier.show(await carrier.booked('second'))).body.status).toBe('booked');
  });

  it('is nothing new when a booking is repeated', async () => {
    const id = await carrier.booked('repeated');
    await behave({ webhookFirst: true });

    expect((await carrier.book('repeated')).headers.get('idempotent-replayed')).toBe('true');

    expect((await carrier.show(id)).body.status).toBe('booked');
    expect(await owed(id)).toEqual([]);
  });

  it('waits for no shop longer than a few seconds before it answers a booking', async () => {
    await behave({ webhookFirst: true, times: 1 });
    door.held = [];

    const begun = performance.now();
    expect(await carrier.book('patient')).toMatchObject({ status: 201 });

    expect(performance.now() - begun).toBeGreaterThan(4_900);
  });

  it('moves nothing that it cannot tell, and tells nothing that it cannot move', async () => {
    const own = await testDatabase();
    const stuck = await startSandbox(own.url, door.environment);
    try {
      const client = new CarrierClient(stuck);
      const id = await client.booked('stuck');
      const standsStill = async () => {
        expect(await client.deliver(id)).toMatchObject({ status: 500 });
        expect((await client.show(id)).body).toMatchObject({ status: 'booked', picked_up_at: null });
        expect(await own.query(`SELECT FROM webhooks`)).toEqual([]);
      };

      await own.query(`ALTER TABLE webhooks ADD CONSTRAINT full_up CHECK (body IS NULL)`);
      await standsStill();

      await own.query(`ALTER TABLE webhooks DROP CONSTRAINT full_up`);
      await own.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'stuck'; END $$`);
      await own.query(`
        CREATE CONSTRAINT TRIGGER refused AFTER UPDATE ON shipments DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION refuse()`);
      await standsStill();
    } finally {
      await stuck.stop();
      await own.drop();
    }
  });

  it('comes although the booking is never answered', async () => {
    await behave({ webhookFirst: true, timeoutAfterBooking: true, times: 1 });

    expect(await carrier.bookInVain('silent')).toBe(true);

    await eventually(
      () => door.received.filter(({ data }) => data['reference'] === 'silent'),
      [{ type: 'shipment.picked_up', data: { status: 'picked_up' } }],
    );
  });

  it('is not forgotten when the carrier is stopped before it could say so', async () => {
    const id = await carrier.booked('stopped');
    await sandbox.stop();
    const mute = await startSandbox(database.url, { ...door.environment, CARRIER_WEBHOOK_URL: 'http://127.0.0.1:1/' });
    await new CarrierClient(mute).pickUp(id).finally(() => mute.stop());
    expect(door.about(id)).toEqual([]);

    await database.query(`UPDATE webhooks SET due_at = now() WHERE due_at > now()`);
    sandbox = await startSandbox(database.url, door.environment);
    carrier = new CarrierClient(sandbox);

    expect(await told(id, 1)).toMatchObject([{ type: 'shipment.picked_up', data: { status: 'picked_up' } }]);
  });

  it('is nothing when it does not know where the shop is', async () => {
    const silent = await startSandbox(database.url);
    try {
      const stranger = new CarrierClient(silent);
      await silent.call('PUT', '/carrier/behaviour', { webhookFirst: true, webhookTwice: true, deliveredFirst: true });

      const { status, body } = await stranger.book('nobody');
      expect(status).toBe(201);
      expect(await stranger.deliver(body.id)).toMatchObject({ status: 200, body: { status: 'delivered' } });

      expect(await owed(body.id)).toEqual([]);
    } finally {
      await silent.stop();
    }
  });
});
