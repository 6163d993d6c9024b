export const paymentStatuses = [
  'pending',
  'authenticating',
  'cancelling',
  'captured',
  'declined',
  'cancelled',
  'refunding',
  'refund-failed',
  'refunded',
] as const;
export type PaymentStatus = (typeof paymentStatuses)[number];

/** Every move a payment may make. Anything else is an IllegalTransition. */
export const transitions: Record<PaymentStatus, readonly PaymentStatus[]> = {
  pending: ['captured', 'declined', 'authenticating', 'cancelling', 'cancelled'],
  authenticating: ['captured', 'declined', 'cancelling'],
  cancelling: ['cancelled', 'captured'],
  captured: ['refunding'],
  declined: [],
  // Money that turns up after all for an order that is over; it goes straight back.
  cancelled: ['captured'],
  refunding: ['refunded', 'refund-failed'],
  // Tried again until the provider returns the money.
  'refund-failed': ['refunded'],
  refunded: [],
};

/**
 * Where the cancellation of its order takes a payment that was attempted; what is not named here stays as it is. One
 * that nobody attempted yet is cancelled at once.
 */
export const whenOrderCancelled: Partial<Record<PaymentStatus, PaymentStatus>> = {
  pending: 'cancelling',
  authenticating: 'cancelling',
  captured: 'refunding',
};
