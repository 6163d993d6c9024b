import type { OwedWebhook } from '../webhooks/owe-webhooks.js';

/** A webhook that Stripe owes; its event says little. */
export const ofStripe = (eventId: string, more: Partial<OwedWebhook> = {}): OwedWebhook => ({
  sender: 'stripe',
  eventId,
  body: JSON.stringify({ id: eventId, object: 'event', type: 'payment_intent.succeeded' }),
  ...more,
});

/** A webhook that the carrier owes; its message says little. */
export const ofCarrier = (eventId: string, more: Partial<OwedWebhook> = {}): OwedWebhook => ({
  sender: 'carrier',
  eventId,
  body: JSON.stringify({ type: 'shipment.picked_up', data: { id: eventId } }),
  ...more,
});
