import { jest } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@hookshop/testing';
import { type RunningSandbox, startSandbox } from '../../testing/running-sandbox.js';
import { CarrierClient } from '../testing/carrier-client.js';

jest.setTimeout(30_000);

describe("the carrier's books", () => {
  let database: TestDatabase;
  let sandbox: RunningSandbox;
  let carrier: CarrierClient;

  beforeAll(async () => {
    database = await testDatabase();
    sandbox = await startSandbox(database.url);
    carrier = new CarrierClient(sandbox);
  });
  beforeEach(() => sandbox.call('DELETE', '/carrier/shipments'));
  afterAll(async () => {
    await sandbox?.stop();
    await database?.drop();
  });

  it('show what was booked for an order', async () => {
    const { body } = await carrier.book('o-1');
    await carrier.book('o-2');

    expect(await sandbox.call('GET', '/carrier/shipments?orderId=o-1')).toEqual({
      status: 200,
      body: {
        data: [
          {
            id: body.id,
            orderId: 'o-1',
            status: 'booked',
            carrier: 'Sandbox Express',
            trackingNumber: body.tracking_number,
            recipient: 'Ada Lovelace',
            address: { line1: '1 Main St', line2: 'Apt 4', city: 'Springfield', postalCode: '12345', country: 'US' },
            items: [
              { sku: 'KEYB-01', quantity: 1 },
              { sku: 'MOUSE-01', quantity: 2 },
            ],
            createdAt: body.created_at,
            pickedUpAt: null,
            deliveredAt: null,
            cancelledAt: null,
            returningAt: null,
          },
        ],
        nextCursor: null,
      },
    });
  });

  it('are read page by page, newest first', async () => {
    const ids: string[] = [];
    for (const order of ['1', '2', '3']) ids.unshift(await carrier.booked(order));

    const first = await sandbox.call('GET', '/carrier/shipments?limit=2');
    const second = await sandbox.call('GET', `/carrier/shipments?limit=2&cursor=${first.body.nextCursor}`);

    expect([...first.body.data, ...second.body.data].map(({ id }) => id)).toEqual(ids);
    expect(second.body.nextCursor).toBeNull();
  });

  it('refuse a page that cannot be', async () => {
    for (const query of ['limit=0', 'limit=101', 'limit=x', 'cursor=%27', 'cursor=pi_1', 'colour=red', 'orderId=%00']) {
      expect(await sandbox.call('GET', `/carrier/shipments?${query}`)).toMatchObject({ status: 400 });
    }
  });

  it('move a parcel when they are told to, each move once', async () => {
    const id = await carrier.booked('moving');

    const picked = await carrier.pickUp(id);
    expect(picked).toMatchObject({
      status: 200,
      body: { id, orderId: 'moving', status: 'picked_up', pickedUpAt: expect.any(String), deliveredAt: null },
    });
    expect(await carrier.pickUp(id)).toEqual(picked);

    const delivered = await carrier.deliver(id);
    expect(delivered).toMatchObject({
      status: 200,
      body: { status: 'delivered', pickedUpAt: picked.body.pickedUpAt, deliveredAt: expect.any(String) },
    });
    expect(await carrier.deliver(id)).toEqual(delivered);
    expect(await carrier.pickUp(id)).toEqual(delivered);
  });

  it('have a parcel picked up that is delivered before anybody said so', async () => {
    const id = await carrier.booked('at-once');

    const { body } = await carrier.deliver(id);

    expect(body).toMatchObject({ status: 'delivered', pickedUpAt: body.deliveredAt });
  });

  it('refuse to move what the shop called back', async () => {
    const [cancelled, returning] = [await carrier.booked('cancelled'), await carrier.booked('returning')];
    await carrier.cancel(cancelled);
    await carrier.pickUp(returning);
    await carrier.return(returning);

    expect(await carrier.pickUp(cancelled)).toMatchObject({ status: 409, body: { title: 'Conflict' } });
    expect(await carrier.deliver(cancelled)).toMatchObject({ status: 409 });
    expect(await carrier.deliver(returning)).toMatchObject({
      status: 409,
      body: { detail: 'The shipment is returning and cannot become delivered any more.' },
    });
    expect(await carrier.pickUp(returning)).toMatchObject({ status: 200, body: { status: 'returning' } });
  });

  it('know nothing of what nobody booked', async () => {
    for (const id of ['shp_none', 'nonsense', '%00']) {
      expect(await carrier.pickUp(id)).toMatchObject({ status: 404, body: { title: 'Not Found' } });
      expect(await carrier.deliver(id)).toMatchObject({ status: 404 });
    }
  });

  it('forget shipments together with their keys, never the tracking numbers given out', async () => {
    const before = await carrier.book('o-1');

    expect(await sandbox.call('DELETE', '/carrier/shipments')).toEqual({ status: 204, body: undefined });

    expect((await sandbox.call('GET', '/carrier/shipments')).body.data).toEqual([]);
    const after = await carrier.book('o-1');
    expect(after.headers.has('idempotent-replayed')).toBe(false);
    expect(after.body.id).not.toBe(before.body.id);
    expect(after.body.tracking_number).not.toBe(before.body.tracking_number);
  });

  it('can be emptied while parcels are booked and moved', async () => {
    const work = Array.from({ length: 40 }, async (_, index) => {
      const booked = await carrier.book(`busy-${index}`, `busy-${index % 20}`);
      expect([201, 422, 503]).toContain(booked.status);
      if (booked.status === 201) expect([200, 404]).toContain((await carrier.deliver(booked.body.id)).status);
    });
    const emptied = await Promise.all(Array.from({ length: 6 }, () => sandbox.call('DELETE', '/carrier/shipments')));
    await Promise.all(work);

    expect(emptied.map(({ status }) => status)).toEqual(emptied.map(() => 204));
  });
});
