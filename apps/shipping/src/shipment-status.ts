export const shipmentStatuses = [
  'pending',
  'booked',
  'dispatched',
  'delivered',
  'cancelling',
  'cancelled',
  'recalling',
  'recalled',
  'recall-failed',
] as const;
export type ShipmentStatus = (typeof shipmentStatuses)[number];

/** Every move a shipment may make. Anything else is an IllegalTransition. */
export const transitions: Record<ShipmentStatus, readonly ShipmentStatus[]> = {
  // The carrier's webhook about the parcel may come before its answer to the booking.
  pending: ['booked', 'dispatched', 'cancelling', 'cancelled'],
  booked: ['dispatched', 'cancelling'],
  // On to recalling when its order was cancelled meanwhile.
  dispatched: ['delivered', 'recalling'],
  // Of a cancelled order: too late to be brought back.
  delivered: ['recall-failed'],
  // The parcel may leave while, and in spite of that, it is called off.
  cancelling: ['cancelled', 'dispatched'],
  // A booking nobody knew of has turned up, or even its parcel.
  cancelled: ['cancelling', 'dispatched'],
  recalling: ['recalled', 'delivered'],
  recalled: ['delivered'],
  'recall-failed': [],
};
