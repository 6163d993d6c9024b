import { Transactions } from '@hookshop/messaging';
import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import type { CarrierOutcome } from '../carrier/outcomes.js';
import { insertShipments } from '../reactions/insert-shipments.js';
import { ShipParcels } from '../ship-parcels/ship-parcels.js';
import { Shipment } from '../shipment.js';
import { aParcel } from '../testing/a-shipment.js';
import { CarrierStandIn } from '../testing/carrier-stand-in.js';
import { aConfirmedOrder } from '../testing/order-facts.js';
import { ShippingUnderTest } from '../testing/shipping-under-test.js';

describe('What an attempt brought', () => {
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

  /** A shipment that this spec attempts itself: nobody else may have it for an hour. */
  const attempted = async (): Promise<Shipment> => {
    const known = Shipment.plan(uuidv7(), aConfirmedOrder(uuidv7()), { id: uuidv7() });
    await shipping.database.transaction((tx) => insertShipments(tx, [known], 1, 3600));
    return known;
  };
  const settle = (...done: [Shipment, CarrierOutcome][]) =>
    shipping.app.get(Transactions).run((tx) =>
      // What the worker itself calls when its attempts end.
      shipping.app.get(ShipParcels)['settle'](
        done.map(([shipment, outcome]) => ({ job: { shipment, isFindable: false }, outcome })),
        tx,
      ),
    );
  const beginsAgain = (known: Shipment) =>
    database.query(`UPDATE shipments SET attempts = attempts + 1 WHERE id = $1`, [known.id]);
  const left: CarrierOutcome = { is: 'known', parcel: aParcel('picked_up') };
  const unresolved: CarrierOutcome = { is: 'unresolved', error: 'No answer came in time' };

  it('is stated once when two attempts bring it at the same moment', async () => {
    const known = await attempted();
    await settle([known, left], [known, left]);

    expect(await shipping.shipment(known.orderId)).toMatchObject({ status: 'dispatched', version: 2 });
    await eventually(() => shipping.typesOf(known.orderId), ['shipment.dispatched']);
  });

  it('counts, whatever another attempt that ends at the same moment brought', async () => {
    const known = await attempted();
    await settle([known, unresolved], [known, left]);

    expect(await shipping.shipment(known.orderId)).toMatchObject({ status: 'dispatched' });
  });

  it('is stated once when two attempts bring it one after the other', async () => {
    const known = await attempted();
    await settle([known, left]);
    await settle([known, left]);
    await shipping.catchUp();

    expect(shipping.typesOf(known.orderId)).toEqual(['shipment.dispatched']);
  });

  it('counts, however late, when the carrier told where the parcel is', async () => {
    const known = await attempted();
    await beginsAgain(known);
    await settle([known, left]);

    expect(await shipping.shipment(known.orderId)).toMatchObject({ status: 'dispatched', next_attempt_at: null });
  });

  it('takes nothing from the next attempt when it is nothing', async () => {
    const known = await attempted();
    await beginsAgain(known);
    const before = await shipping.shipment(known.orderId);
    await settle([known, unresolved]);

    expect(await shipping.shipment(known.orderId)).toEqual(before);
  });

  it('ends its lease when it is nothing and nobody else began', async () => {
    const known = await attempted();
    await settle([known, unresolved]);

    await eventually(() => shipping.shipment(known.orderId), { status: 'booked', attempts: 2 });
  });

  it('is an error that says what to do when it is about another parcel than the one that is known', async () => {
    const known = await attempted();
    await database.query(`UPDATE shipments SET carrier_id = 'shp_other', version = 2 WHERE id = $1`, [known.id]);
    const before = await shipping.shipment(known.orderId);

    await expect(settle([known, left])).rejects.toThrow(/is shp_other at the carrier, and shp_1 as well: have one/);
    expect(await shipping.shipment(known.orderId)).toEqual(before);
  });
});
