import type { PaymentIntent } from '../payment-intent.js';
import type { Refund } from '../refund.js';
import { failures } from './stripe-error.js';

export const seconds = (time: Date): number => Math.floor(time.getTime() / 1000);

/** An intent as Stripe's API shows it. */
export function toStripeIntent(intent: PaymentIntent) {
  const { id, status, failure } = intent;
  return {
    id,
    object: 'payment_intent',
    amount: intent.amountInCents,
    amount_capturable: 0,
    amount_received: intent.capturedInCents,
    canceled_at: intent.canceledAt && seconds(intent.canceledAt),
    cancellation_reason: intent.cancellationReason,
    capture_method: 'automatic',
    client_secret: `${id}_secret_sandbox`,
    confirmation_method: 'automatic',
    created: seconds(intent.createdAt),
    currency: intent.currency.toLowerCase(),
    customer: null,
    description: intent.description,
    last_payment_error: failure && { ...failures[failure], charge: intent.chargeId },
    latest_charge: intent.chargeId,
    livemode: false,
    metadata: intent.metadata,
    next_action: status === 'requires_action' ? nextAction(intent) : null,
    // A card that was refused is detached from its intent.
    payment_method: failure ? null : intent.method,
    payment_method_types: ['card'],
    processing: null,
    receipt_email: null,
    status,
  };
}

function nextAction({ id, returnUrl }: PaymentIntent) {
  const authentication = `/provider/payment-intents/${id}/authenticate`;
  return returnUrl
    ? { type: 'redirect_to_url', redirect_to_url: { return_url: returnUrl, url: authentication } }
    : { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect', stripe_js: authentication } };
}

/** The charge of an intent that was paid, as Stripe tells of it. */
export function toStripeCharge(intent: PaymentIntent) {
  return {
    id: intent.chargeId,
    object: 'charge',
    amount: intent.amountInCents,
    amount_captured: intent.capturedInCents,
    amount_refunded: intent.refundedInCents,
    balance_transaction: null,
    captured: true,
    created: seconds(intent.createdAt),
    currency: intent.currency.toLowerCase(),
    customer: null,
    description: intent.description,
    disputed: false,
    failure_code: null,
    failure_message: null,
    livemode: false,
    metadata: intent.metadata,
    paid: true,
    payment_intent: intent.id,
    payment_method: intent.method,
    receipt_email: null,
    refunded: intent.refundableInCents === 0,
    status: 'succeeded',
  };
}

/** A refund as Stripe's API shows it. */
export function toStripeRefund(refund: Refund) {
  return {
    id: refund.id,
    object: 'refund',
    amount: refund.amountInCents,
    balance_transaction: null,
    charge: refund.paymentIntentId.replace(/^pi_/, 'ch_'),
    created: seconds(refund.createdAt),
    currency: refund.currency.toLowerCase(),
    ...(refund.status === 'failed' && { failure_balance_transaction: null, failure_reason: 'declined' }),
    metadata: refund.metadata,
    payment_intent: refund.paymentIntentId,
    reason: refund.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: refund.status,
    transfer_reversal: null,
  };
}

/** A page of Stripe's lists: `rows` holds one more than `limit` when there are more. */
export const toStripeList = <T>(url: string, rows: T[], limit: number, show: (row: T) => object) => ({
  object: 'list',
  data: rows.slice(0, limit).map(show),
  has_more: rows.length > limit,
  url,
});
