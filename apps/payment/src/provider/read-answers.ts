import { Stripe } from 'stripe';
import type { ChargeOutcome, RefundOutcome } from './outcomes.js';

/** Why the provider did not do what it was asked. */
export type Failure =
  | { is: 'declined'; reason: string; reference?: string }
  /** It understood and will not, however often it is asked. */
  | { is: 'refused'; code: string; message: string }
  /** Done or not, nobody knows. `operator`: it will stay so until somebody mends the account or the key. */
  | { is: 'unresolved'; error: string; operator?: boolean };

const nonsense = { is: 'unresolved', error: 'The answer has no id' } as const;

/** What an intent says about the charge it stands for. */
export function readIntent(intent: Stripe.PaymentIntent): ChargeOutcome {
  const { id: reference, status, last_payment_error: failure } = intent;
  if (typeof reference !== 'string') return nonsense;
  switch (status) {
    case 'succeeded':
      return { is: 'captured', reference };
    case 'requires_action':
      return { is: 'authenticating', reference };
    case 'processing':
      return { is: 'processing', reference };
    case 'requires_payment_method':
      return { is: 'declined', reference, reason: word(reasonOf(failure), 'card_declined') };
    case 'canceled':
      // Closed because of what failed: that is the reason a customer is told, whoever looks first.
      return { is: 'cancelled', reference, reason: word(reasonOf(failure) ?? intent.cancellation_reason, 'canceled') };
    default:
      return { is: 'unresolved', error: `${reference} has the unexpected status ${word(status, 'none')}` };
  }
}

const reasonOf = (failure: Stripe.PaymentIntent.LastPaymentError | null): string | undefined =>
  failure?.decline_code ?? failure?.code;

/** What a refund says about the money it stands for. */
export function readRefund({ id: reference, status, failure_reason: reason }: Stripe.Refund): RefundOutcome {
  if (typeof reference !== 'string') return nonsense;
  switch (status) {
    case 'succeeded':
      return { is: 'refunded', reference };
    case 'pending':
    case 'requires_action':
      return { is: 'underway', reference };
    case 'failed':
    case 'canceled':
      return { is: 'failed', reason: word(reason, status) };
    default:
      return { is: 'unresolved', error: `${reference} has the unexpected status ${word(status, 'none')}` };
  }
}

/** Classifies what the SDK threw; undefined when it is no answer of the provider but a fault of ours. */
export function readFailure(error: unknown): Failure | undefined {
  if (!(error instanceof Stripe.errors.StripeError)) return undefined;
  const { code, message, type } = error;
  if (error instanceof Stripe.errors.StripeCardError) {
    const reference = error.payment_intent?.id;
    return {
      is: 'declined',
      reason: word(error.decline_code || code, 'card_declined'),
      ...(reference && { reference }),
    };
  }
  // Also 404: an intent or a payment method that does not exist. A used idempotency key is an error of its own type.
  if (error instanceof Stripe.errors.StripeInvalidRequestError) {
    return { is: 'refused', code: word(code, 'invalid_request'), message };
  }
  const operator =
    error instanceof Stripe.errors.StripeAuthenticationError || error instanceof Stripe.errors.StripePermissionError;
  return { is: 'unresolved', error: `${type}: ${message}`, ...(operator && { operator }) };
}

/** One short line fit for a fact, whatever the provider wrote. */
function word(text: unknown, otherwise: string): string {
  const clean =
    typeof text === 'string'
      ? text
          .replace(/[\p{Cc}\p{Cs}]/gu, ' ')
          .trim()
          .slice(0, 200)
      : '';
  return clean || otherwise;
}
