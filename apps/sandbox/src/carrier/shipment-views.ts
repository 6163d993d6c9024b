import type { Shipment } from './shipment.js';

const CARRIER = 'Sandbox Express';

/** Where a parcel is and when it got there. */
type Story = Pick<
  Shipment,
  | 'id'
  | 'reference'
  | 'status'
  | 'trackingNumber'
  | 'createdAt'
  | 'pickedUpAt'
  | 'deliveredAt'
  | 'cancelledAt'
  | 'returningAt'
>;

/** A shipment as the carrier's API and its webhooks show it. */
export function toApiShipment(shipment: Story) {
  return {
    id: shipment.id,
    reference: shipment.reference,
    status: shipment.status,
    carrier: CARRIER,
    tracking_number: shipment.trackingNumber,
    created_at: shipment.createdAt,
    picked_up_at: shipment.pickedUpAt,
    delivered_at: shipment.deliveredAt,
    cancelled_at: shipment.cancelledAt,
    returning_at: shipment.returningAt,
  };
}
export type ApiShipment = ReturnType<typeof toApiShipment>;

/** A shipment as the books show it to people and tests. */
export function toBookEntry(shipment: Shipment) {
  const { id, reference, status, trackingNumber, recipient, address, items } = shipment;
  const { createdAt, pickedUpAt, deliveredAt, cancelledAt, returningAt } = shipment;
  return {
    id,
    orderId: reference,
    status,
    carrier: CARRIER,
    trackingNumber,
    recipient,
    address,
    items,
    createdAt,
    pickedUpAt,
    deliveredAt,
    cancelledAt,
    returningAt,
  };
}
export type BookEntry = ReturnType<typeof toBookEntry>;
