import type { OwedWebhook } from '../../webhooks/owe-webhooks.js';
import type { Attempt } from '../idempotency/idempotency-keys.js';
import type { PaymentIntent, PaymentIntentStatus } from '../payment-intent.js';
import type { Refund } from '../refund.js';
import { seconds, toStripeCharge, toStripeIntent, toStripeRefund } from '../stripe/stripe-objects.js';

/** The version in which merchants are told, whatever version they ask in. */
const API_VERSION = '2026-10-28.endive';

/** What becoming this is called. */
const intentEvents: Record<PaymentIntentStatus, string> = {
  succeeded: 'payment_intent.succeeded',
  requires_action: 'payment_intent.requires_action',
  requires_payment_method: 'payment_intent.payment_failed',
  canceled: 'payment_intent.canceled',
};

/** What led to an event; nulls for what the customer did. */
export type Origin = Pick<Attempt, 'key'> & { requestId: string | null };

/** Tells what an intent has become, as Stripe does. */
export const intentEvent = (eventId: string, intent: PaymentIntent, origin: Origin, now: Date): OwedWebhook =>
  owed(eventId, intentEvents[intent.status], toStripeIntent(intent), origin, now);

/** Stripe tells of money given back as a change of the charge, and of a failure as a change of the refund. */
export const refundEvent = (
  eventId: string,
  refund: Refund,
  intent: PaymentIntent,
  origin: Origin,
  now: Date,
): OwedWebhook =>
  refund.status === 'succeeded'
    ? owed(eventId, 'charge.refunded', toStripeCharge(intent), origin, now)
    : owed(eventId, 'refund.failed', toStripeRefund(refund), origin, now);

function owed(eventId: string, type: string, object: object, { requestId, key }: Origin, now: Date): OwedWebhook {
  const event = {
    id: eventId,
    object: 'event',
    api_version: API_VERSION,
    created: seconds(now),
    data: { object },
    livemode: false,
    pending_webhooks: 1,
    request: { id: requestId, idempotency_key: key },
    type,
  };
  // Indented, as Stripe writes it: whoever verifies a body that was parsed and written again fails here too.
  return { sender: 'stripe', eventId, body: JSON.stringify(event, null, 2) };
}
