import { contractOf } from '@hookshop/contracts';
import { carrierStatuses, type CarrierStatus } from './carrier/carrier-shipment.js';
import { BookedTwice, IllegalTransition } from './shipment-errors.js';
import type { Asked, Shipment } from './shipment.js';
import { type ShipmentStatus, shipmentStatuses, transitions } from './shipment-status.js';
import { aParcel, aShipment, cancellation, confirmation, patience } from './testing/a-shipment.js';

const now = new Date('2026-05-05T05:05:05Z');
const webhook: Asked = { id: 'the webhook' };

const statedBy = (shipment: Shipment) => shipment.takeStatements();
const typesOf = (shipment: Shipment) =>
  statedBy(shipment).map(({ event }) => contractOf(event).type.replace(/^shipment\.(.+)\.v1$/, '$1'));

describe('a shipment', () => {
  describe('that hears of its parcel', () => {
    /** What is not named here is old news. */
    const moves: [from: ShipmentStatus, news: CarrierStatus, to: ShipmentStatus, facts: string[], moved: number][] = [
      ['pending', 'booked', 'booked', [], 1],
      ['pending', 'picked_up', 'dispatched', ['dispatched'], 1],
      ['pending', 'returning', 'dispatched', ['dispatched'], 1],
      ['pending', 'delivered', 'delivered', ['dispatched', 'delivered'], 2],
      ['booked', 'picked_up', 'dispatched', ['dispatched'], 1],
      ['booked', 'returning', 'dispatched', ['dispatched'], 1],
      ['booked', 'delivered', 'delivered', ['dispatched', 'delivered'], 2],
      ['dispatched', 'delivered', 'delivered', ['delivered'], 1],
      ['cancelling', 'cancelled', 'cancelled', ['cancelled'], 1],
      ['cancelling', 'picked_up', 'recalling', ['dispatched'], 2],
      ['cancelling', 'returning', 'recalled', ['dispatched', 'recalled'], 3],
      ['cancelling', 'delivered', 'recall-failed', ['dispatched', 'delivered', 'recall-failed'], 4],
      ['cancelled', 'booked', 'cancelling', [], 1],
      ['cancelled', 'picked_up', 'recalling', ['dispatched'], 2],
      ['cancelled', 'returning', 'recalled', ['dispatched', 'recalled'], 3],
      ['cancelled', 'delivered', 'recall-failed', ['dispatched', 'delivered', 'recall-failed'], 4],
      ['recalling', 'returning', 'recalled', ['recalled'], 1],
      ['recalling', 'delivered', 'recall-failed', ['delivered', 'recall-failed'], 2],
      ['recalled', 'delivered', 'recall-failed', ['delivered', 'recall-failed'], 2],
    ];

    it.each(moves)('is %s, and %s at the carrier, becomes %s and states %j', (from, news, to, facts, moved) => {
      const shipment = aShipment(from);

      expect(shipment.learn(aParcel(news), webhook, patience, now)).toBe(true);
      expect(shipment).toMatchObject({ status: to, version: 5 + moved, carrierId: 'shp_1', trackingNumber: 'E1' });
      expect(typesOf(shipment)).toEqual(facts);
      expect(shipment.nextAttemptInSeconds).toBe(shipment.isOpen ? 0 : null);
      expect(shipment.nextLookInSeconds).toBe(to === 'booked' || to === 'dispatched' ? 100 : null);
      // The same once more.
      expect(shipment.learn(aParcel(news), webhook, patience, now)).toBe(false);
      expect(typesOf(shipment)).toEqual([]);
    });

    for (const from of shipmentStatuses) {
      for (const news of carrierStatuses.filter(
        (one) => !moves.some(([status, other]) => status === from && other === one),
      )) {
        it(`is ${from}, and ${news} at the carrier, stays as it is`, () => {
          const shipment = aShipment(from);
          const before = { ...shipment };

          expect(shipment.learn(aParcel(news), webhook, patience, now)).toBe(false);
          expect(shipment).toEqual(before);
        });
      }
    }

    it.each<[ShipmentStatus, CarrierStatus]>([
      ['recalling', 'picked_up'],
      ['recall-failed', 'picked_up'],
      ['recalled', 'picked_up'],
    ])('refuses to leave again when it is %s in books that forgot that it left', (from, news) => {
      const shipment = aShipment(from, { dispatchedAt: null });

      expect(() => shipment.learn(aParcel(news), webhook, patience, now)).toThrow(IllegalTransition);
      expect(shipment).toMatchObject({ status: from, version: 5 });
    });

    it('names every fact by its cause, its version and the time it happened', () => {
      const shipment = aShipment('cancelling');
      shipment.learn(aParcel('delivered'), webhook, patience, now);

      const parcel = { shipmentId: 'a-shipment', orderId: 'an-order', carrier: 'Express', trackingNumber: 'E1' };
      expect(statedBy(shipment)).toMatchObject([
        { sequence: 6, cause: webhook, data: { ...parcel, dispatchedAt: '2026-02-01T10:00:00.000Z' } },
        { sequence: 8, cause: webhook, data: { ...parcel, deliveredAt: '2026-02-02T10:00:00.000Z' } },
        { sequence: 9, cause: cancellation, data: { ...parcel, reason: 'already_delivered' } },
      ]);
      const brought = aShipment('recalling');
      brought.learn(aParcel('returning'), webhook, patience, now);
      expect(statedBy(brought)).toMatchObject([
        { sequence: 6, cause: cancellation, data: { ...parcel, recalledAt: '2026-02-04T10:00:00.000Z' } },
      ]);
    });

    it('takes the time of hearing where the carrier tells none', () => {
      const shipment = aShipment('booked');
      shipment.learn(aParcel('delivered', { pickedUpAt: null, deliveredAt: null }), webhook, patience, now);

      expect(statedBy(shipment)).toMatchObject([
        { data: { dispatchedAt: now.toISOString() } },
        { data: { deliveredAt: now.toISOString() } },
      ]);
    });

    it('refuses a second parcel', () => {
      const shipment = aShipment('booked');

      expect(() => shipment.learn(aParcel('picked_up', { id: 'shp_2' }), webhook, patience, now)).toThrow(BookedTwice);
      expect(shipment).toMatchObject({ status: 'booked', carrierId: 'shp_1' });
    });
  });

  describe('whose order is cancelled', () => {
    const cancelled = (shipment: Shipment, isAsked = false) => shipment.callOff(cancellation, isAsked, now);

    it.each<[ShipmentStatus, ShipmentStatus, string[]]>([
      ['pending', 'cancelling', []],
      ['booked', 'cancelling', []],
      ['dispatched', 'recalling', []],
      ['delivered', 'recall-failed', ['recall-failed']],
    ])('and that is %s becomes %s and states %j', (from, to, facts) => {
      const shipment = aShipment(from, { nextLookInSeconds: 100 });

      expect(cancelled(shipment)).toBe(true);
      expect(shipment).toMatchObject({ status: to, version: 6, cancellationCause: cancellation });
      expect(shipment.nextLookInSeconds).toBeNull();
      expect(shipment.nextAttemptInSeconds).toBe(shipment.isOpen ? 0 : null);
      expect(typesOf(shipment)).toEqual(facts);
    });

    it('is cancelled at once when the carrier was never asked', () => {
      const shipment = aShipment('pending', { bookingAskedAt: null });

      expect(cancelled(shipment)).toBe(true);
      expect(shipment).toMatchObject({ status: 'cancelled', version: 6, nextAttemptInSeconds: null });
      expect(statedBy(shipment)).toMatchObject([
        { sequence: 6, cause: cancellation, data: { cancelledAt: now.toISOString() } },
      ]);
    });

    it('waits for the answer of the carrier that is being asked for a booking, and for no other', () => {
      const [beingBooked, left] = [aShipment('pending'), aShipment('dispatched')];
      cancelled(beingBooked, true);
      cancelled(left, true);

      expect(beingBooked).toMatchObject({ status: 'cancelling', waitsForAnswer: true });
      expect(left).toMatchObject({ status: 'recalling', waitsForAnswer: false });
    });

    it.each<[ShipmentStatus]>([['cancelling'], ['cancelled'], ['recalling'], ['recalled'], ['recall-failed']])(
      'a second time stays %s',
      (status) => {
        const shipment = aShipment(status);
        const before = { ...shipment };

        expect(shipment.callOff(webhook, false, now)).toBe(false);
        expect(shipment).toEqual(before);
      },
    );

    it('says that it is cancelled once, even if a booking turned up afterwards and was cancelled as well', () => {
      const shipment = aShipment('cancelled');
      shipment.learn(aParcel('booked'), webhook, patience, now);
      shipment.learn(aParcel('cancelled'), webhook, patience, now);

      expect(shipment.status).toBe('cancelled');
      expect(typesOf(shipment)).toEqual([]);
    });
  });

  it('makes every move it may make, and no other', () => {
    const made = new Set<string>();
    const start = (status: ShipmentStatus, more: Partial<Shipment>) => {
      const shipment = aShipment(status, more);
      let at = status;
      return Object.defineProperty(shipment, 'status', {
        get: () => at,
        set: (to: ShipmentStatus) => {
          made.add(`${at} -> ${to}`);
          at = to;
        },
      });
    };
    for (const status of shipmentStatuses) {
      for (const more of [{}, { bookingAskedAt: null }]) {
        for (const news of carrierStatuses) start(status, more).learn(aParcel(news), webhook, patience, now);
        start(status, more).callOff(cancellation, false, now);
      }
    }

    const allowed = shipmentStatuses.flatMap((from) => transitions[from].map((to) => `${from} -> ${to}`));
    expect([...made].sort()).toEqual(allowed.sort());
  });

  it('is planned from the order that was confirmed, with the quantity of every product', () => {
    expect(aShipment('pending').parcel).toEqual({
      recipient: 'Ada Lovelace',
      address: { line1: '1 Main St', city: 'Springfield', postalCode: '12345', country: 'US' },
      items: [{ sku: 'KEYB-01', quantity: 2 }],
    });
    expect(aShipment('pending').cause).toBe(confirmation);
  });
});
