import { Shipment } from './shipment.js';

const columns = {
  id: 'id',
  orderId: 'order_id',
  status: 'status',
  version: 'version',
  parcel: 'parcel',
  carrierId: 'carrier_id',
  carrier: 'carrier',
  trackingNumber: 'tracking_number',
  attempts: 'attempts',
  failures: 'failures',
  lastError: 'last_error',
  bookingAskedAt: 'booking_asked_at',
  dispatchedAt: 'dispatched_at',
  deliveredAt: 'delivered_at',
  cancelledAt: 'cancelled_at',
  cause: 'cause',
  cancellationCause: 'cancellation_cause',
} satisfies Partial<Record<keyof Shipment, string>>;

/** What a statement has to return for `toShipment`. */
export const shipmentColumns = (table: string): string =>
  Object.entries(columns)
    .map(([property, column]) => `${table}.${column} AS "${property}"`)
    .join(', ');

export const toShipment = (row: Record<string, unknown>): Shipment => Object.assign(new Shipment(), row);
