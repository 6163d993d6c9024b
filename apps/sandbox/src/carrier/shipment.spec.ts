import { IllegalMove, Shipment, type ShipmentStatus, transitions } from './shipment.js';

const then = new Date('2026-01-01T00:00:00.000Z');
const now = new Date('2026-01-02T00:00:00.000Z');

const statuses = Object.keys(transitions) as ShipmentStatus[];

function shipment(status: ShipmentStatus): Shipment {
  const found = new Shipment();
  const at = (reached: boolean): Date | null => (reached ? then : null);
  return Object.assign(found, {
    id: 'shp_1',
    status,
    pickedUpAt: at(['picked_up', 'delivered', 'returning'].includes(status)),
    deliveredAt: at(status === 'delivered'),
    cancelledAt: at(status === 'cancelled'),
    returningAt: at(status === 'returning'),
  });
}

/** What a move makes of a shipment in each state: another state, `again` for none, or nothing where it is illegal. */
const legality: Record<'pickUp' | 'deliver' | 'cancel' | 'return', Partial<Record<ShipmentStatus, string>>> = {
  pickUp: { booked: 'picked_up', picked_up: 'again', delivered: 'again', returning: 'again' },
  deliver: { picked_up: 'delivered', delivered: 'again' },
  cancel: { booked: 'cancelled', cancelled: 'again' },
  return: { picked_up: 'returning', returning: 'again' },
};
const times = { pickUp: 'pickedUpAt', deliver: 'deliveredAt', cancel: 'cancelledAt', return: 'returningAt' } as const;

const cases = (Object.keys(legality) as (keyof typeof legality)[]).flatMap((move) =>
  statuses.map((status) => [move, status, legality[move][status]] as const),
);

describe('Shipment', () => {
  it.each(cases.filter(([, , outcome]) => outcome !== undefined && outcome !== 'again'))(
    'lets %s move a %s one to %s, at that time',
    (move, status, outcome) => {
      const parcel = shipment(status);

      expect(parcel[move](now)).toBe(true);

      expect(parcel.status).toBe(outcome);
      expect(parcel[times[move]]).toBe(now);
    },
  );

  it.each(cases.filter(([, , outcome]) => outcome === 'again'))(
    'changes nothing when %s meets a %s one',
    (move, status) => {
      const parcel = shipment(status);

      expect(parcel[move](now)).toBe(false);

      expect(parcel).toEqual(shipment(status));
    },
  );

  it.each(cases.filter(([, , outcome]) => outcome === undefined))('refuses to %s a %s one', (move, status) => {
    const parcel = shipment(status);

    expect(() => parcel[move](now)).toThrow(IllegalMove);

    expect(parcel).toEqual(shipment(status));
  });
});
