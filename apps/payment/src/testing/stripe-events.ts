import type { Intent, Refund } from './provider-stand-in.js';

let events = 0;

/** An event as Stripe sends it. What it carries is as it was when it happened, not as it is when it arrives. */
export const eventOf = (type: string, object: object): object => ({
  id: `evt_${++events}`,
  object: 'event',
  api_version: '2026-10-28.endive',
  created: 1_790_000_000,
  type,
  livemode: false,
  pending_webhooks: 1,
  request: { id: null, idempotency_key: null },
  data: { object },
});

export const intentEvent = (type: string, intent: Intent, more: object = {}): object =>
  eventOf(`payment_intent.${type}`, {
    object: 'payment_intent',
    ...intent,
    amount_received: intent.status === 'succeeded' ? intent.amount : 0,
    ...more,
  });

export const refundEvent = (type: string, refund: Refund, more: object = {}): object =>
  eventOf(type, { object: 'refund', amount: 9900, currency: 'usd', metadata: {}, ...refund, ...more });

export const chargeEvent = (type: string, intent: Intent, more: object = {}): object =>
  eventOf(type, {
    object: 'charge',
    id: intent.id.replace('pi_', 'ch_'),
    payment_intent: intent.id,
    amount: intent.amount,
    amount_refunded: intent.amount,
    refunded: true,
    currency: intent.currency,
    metadata: intent.metadata,
    ...more,
  });
