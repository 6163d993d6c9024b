import { contractOf } from '@hookshop/contracts';
import type { CarrierOutcome } from './carrier/outcomes.js';
import type { Shipment } from './shipment.js';
import type { ShipmentStatus } from './shipment-status.js';
import { aParcel, aShipment, cancellation, confirmation, patience } from './testing/a-shipment.js';

const now = new Date('2026-05-05T05:05:05Z');
const unresolved: CarrierOutcome = { is: 'unresolved', error: 'No answer came in time' };
const refused: CarrierOutcome = { is: 'refused', reason: '400 invalid_request', error: 'No such city' };
const known = (...parcel: Parameters<typeof aParcel>): CarrierOutcome => ({ is: 'known', parcel: aParcel(...parcel) });

describe('what the carrier answers about a shipment', () => {
  it.each([
    ['pending', 'booked', 'booked'],
    ['cancelling', 'cancelled', 'cancelled'],
    ['cancelling', 'picked_up', 'recalling'],
    ['recalling', 'returning', 'recalled'],
    ['recalling', 'delivered', 'recall-failed'],
  ] as const)('moves one that is %s, and %s at the carrier, to %s', (asked, status, to) => {
    const shipment = aShipment(asked);

    expect(shipment.settle(asked, known(status), false, patience, now)).toBe(true);
    expect(shipment.status).toBe(to);
  });

  it.each<[ShipmentStatus]>([['pending'], ['cancelling'], ['recalling']])(
    'has one that is %s asked about again after longer and longer pauses, the last of which repeats',
    (status) => {
      const shipment = aShipment(status);

      const pauses = [1, 2, 3, 4].map(() => {
        expect(shipment.settle(status, unresolved, false, patience, now)).toBe(true);
        return shipment.nextAttemptInSeconds;
      });
      expect(pauses).toEqual([1, 5, 30, 30]);
      expect(shipment).toMatchObject({ status, version: 5, failures: 4, lastError: 'No answer came in time' });
    },
  );

  it('has a refused booking kept, with the reason and the longest pause', () => {
    const shipment = aShipment('pending');

    expect(shipment.settle('pending', refused, false, patience, now)).toBe(true);
    expect(shipment).toMatchObject({ status: 'pending', lastError: 'No such city', nextAttemptInSeconds: 30 });
    shipment.settle('pending', known('booked'), false, patience, now);
    expect(shipment).toMatchObject({ status: 'booked', lastError: null, failures: 0 });
  });

  it('never leaves an open shipment without a next attempt', () => {
    for (const status of ['pending', 'cancelling', 'recalling'] as const) {
      for (const news of ['booked', 'picked_up', 'delivered', 'cancelled', 'returning'] as const) {
        const shipment = aShipment(status, status === 'cancelling' ? { carrierId: null } : {});
        shipment.settle(status, known(news), false, patience, now);

        expect([status, news, shipment.nextAttemptInSeconds !== null]).toEqual([status, news, shipment.isOpen]);
      }
    }
  });

  it('ends one that is called off when the carrier would know of it by now and does not', () => {
    const shipment = aShipment('cancelling', { carrierId: null });

    expect(shipment.settle('cancelling', { is: 'absent', certain: false }, false, patience, now)).toBe(true);
    expect(shipment).toMatchObject({ status: 'cancelling', nextAttemptInSeconds: 10 });
    shipment.settle('cancelling', { is: 'absent', certain: true }, false, patience, now);
    expect(shipment.status).toBe('cancelled');
    expect(shipment.takeStatements()).toMatchObject([
      { cause: cancellation, data: { cancelledAt: now.toISOString() } },
    ]);
  });

  it.each([
    ['a booking', known('booked')],
    ['no answer', unresolved],
    ['a refusal', refused],
  ])('has a shipment called off at once that was cancelled while it was booked: %s', (_what, outcome) => {
    const shipment = aShipment('cancelling', { carrierId: null });

    expect(shipment.settle('pending', outcome, false, patience, now)).toBe(true);
    expect(shipment).toMatchObject({ status: 'cancelling', nextAttemptInSeconds: 0, failures: 0 });
    expect(shipment.carrierId).toBe(outcome.is === 'known' ? 'shp_1' : null);
  });

  it.each<[ShipmentStatus]>([['dispatched'], ['delivered'], ['recalled'], ['recall-failed']])(
    'about its booking changes nothing when it is %s by then',
    (status) => {
      for (const outcome of [known('booked'), unresolved, refused]) {
        const shipment = aShipment(status);
        const before = { ...shipment };

        expect(shipment.settle('pending', outcome, false, patience, now)).toBe(false);
        expect(shipment).toEqual(before);
      }
    },
  );

  it('only counts for what it tells when another attempt began meanwhile', () => {
    const shipment = aShipment('pending');
    expect(shipment.settle('pending', unresolved, true, patience, now)).toBe(false);
    expect(shipment.settle('pending', refused, true, patience, now)).toBe(false);
    expect(shipment.nextAttemptInSeconds).toBeNull();

    expect(shipment.settle('pending', known('booked'), true, patience, now)).toBe(true);
    expect(shipment.status).toBe('booked');
  });

  it('names the cancellation as the cause of what it found out because of it', () => {
    const shipment = aShipment('cancelling');
    shipment.settle('cancelling', known('picked_up'), false, patience, now);

    const [dispatched] = shipment.takeStatements();
    expect(contractOf(dispatched!.event).type).toBe('shipment.dispatched.v1');
    expect(dispatched!.cause).toBe(cancellation);
  });

  describe('when it looks at a parcel', () => {
    const look = (shipment: Shipment, asked: ShipmentStatus, outcome: CarrierOutcome, overtaken = false) =>
      shipment.settle(asked, outcome, overtaken, patience, now);

    it.each([
      ['booked', 'picked_up', 'dispatched'],
      ['booked', 'delivered', 'delivered'],
      ['booked', 'returning', 'dispatched'],
      ['dispatched', 'delivered', 'delivered'],
    ] as const)('moves one that is %s, and %s there, to %s, because of the confirmation', (asked, status, to) => {
      const shipment = aShipment(asked);

      expect(look(shipment, asked, known(status))).toBe(true);
      expect(shipment).toMatchObject({ status: to, nextLookInSeconds: to === 'delivered' ? null : 100 });
      for (const { cause } of shipment.takeStatements()) expect(cause).toBe(confirmation);
    });

    it.each([
      ['booked', 'booked'],
      ['dispatched', 'picked_up'],
      ['dispatched', 'booked'],
    ] as const)('states nothing of one that is %s, and %s there, until the next look', (asked, status) => {
      const shipment = aShipment(asked, { failures: 3, lastError: 'No answer came in time' });

      expect(look(shipment, asked, known(status))).toBe(true);
      expect(shipment).toMatchObject({ status: asked, version: 5, failures: 0, lastError: null });
      expect(shipment).toMatchObject({ nextLookInSeconds: 100, nextAttemptInSeconds: null });
      expect(shipment.takeStatements()).toEqual([]);
    });

    it.each<[ShipmentStatus]>([['booked'], ['dispatched']])('keeps one that is %s, with what is wrong', (asked) => {
      const shipment = aShipment(asked);

      expect(look(shipment, asked, refused)).toBe(true);
      expect(shipment).toMatchObject({ status: asked, lastError: 'No such city', nextLookInSeconds: 100 });
      const pauses = [1, 2, 3].map(() => look(shipment, asked, unresolved) && shipment.nextLookInSeconds);
      expect(pauses).toEqual([5, 30, 30]);
      expect(shipment).toMatchObject({ version: 5, lastError: 'No answer came in time', nextAttemptInSeconds: null });
    });

    it.each([
      ['picked_up', 'dispatched'],
      ['delivered', 'delivered'],
    ] as const)('changes nothing when the webhook was faster: %s', (status, at) => {
      const shipment = aShipment(at);
      const before = { ...shipment };

      for (const outcome of [known(status), unresolved, refused]) expect(look(shipment, 'booked', outcome)).toBe(false);
      expect(shipment).toEqual(before);
    });

    it('leaves the pause to another look that began meanwhile', () => {
      const shipment = aShipment('booked');

      for (const outcome of [known('booked'), unresolved, refused]) {
        expect(look(shipment, 'booked', outcome, true)).toBe(false);
      }
      expect(shipment).toMatchObject({ nextLookInSeconds: null, failures: 0, lastError: null });
    });
  });
});
