import type { CarrierShipment, CarrierStatus } from '../carrier/carrier-shipment.js';
import { type Asked, type Patience, Shipment } from '../shipment.js';
import type { ShipmentStatus } from '../shipment-status.js';
import { aConfirmedOrder } from './order-facts.js';

export const confirmation: Asked = { id: 'the confirmation' };
export const cancellation: Asked = { id: 'the cancellation' };
export const patience: Patience = { retry: [1, 5, 30], lookupLag: 10, check: 100 };

const left: readonly ShipmentStatus[] = ['dispatched', 'delivered', 'recalling', 'recalled', 'recall-failed'];
const over: readonly ShipmentStatus[] = ['cancelling', 'cancelled', 'recalling', 'recalled', 'recall-failed'];

/** A shipment that came to its status the usual way; its version is 5. */
export function aShipment(status: ShipmentStatus, more: Partial<Shipment> = {}): Shipment {
  const shipment = Shipment.plan('a-shipment', aConfirmedOrder('an-order'), confirmation);
  const hasLeft = left.includes(status);
  const wasBooked = hasLeft || status === 'booked' || status === 'cancelling';
  return Object.assign(shipment, {
    ...{ status, version: 5, bookingAskedAt: new Date('2026-01-02T03:00:00Z') },
    ...(wasBooked && { carrierId: 'shp_1', carrier: 'Express', trackingNumber: 'E1' }),
    ...(hasLeft && { dispatchedAt: new Date('2026-01-02T09:00:00Z') }),
    ...((status === 'delivered' || status === 'recall-failed') && { deliveredAt: new Date('2026-01-03T09:00:00Z') }),
    ...(over.includes(status) && { cancellationCause: cancellation }),
    ...(status === 'cancelled' && { cancelledAt: new Date('2026-01-02T04:00:00Z') }),
    ...more,
  });
}

/** The carrier's parcel of that shipment. */
export function aParcel(status: CarrierStatus, more: Partial<CarrierShipment> = {}): CarrierShipment {
  const at = (when: boolean, time: string) => (when ? time : null);
  return {
    ...{ id: 'shp_1', reference: 'an-order', status, carrier: 'Express', trackingNumber: 'E1' },
    pickedUpAt: at(['picked_up', 'delivered', 'returning'].includes(status), '2026-02-01T10:00:00.000Z'),
    deliveredAt: at(status === 'delivered', '2026-02-02T10:00:00.000Z'),
    cancelledAt: at(status === 'cancelled', '2026-02-03T10:00:00.000Z'),
    returningAt: at(status === 'returning', '2026-02-04T10:00:00.000Z'),
    ...more,
  };
}
