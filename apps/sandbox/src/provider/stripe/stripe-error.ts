import type { Failure } from '../test-methods.js';

/** The `error` of Stripe's error body. */
export interface StripeError {
  type: 'invalid_request_error' | 'card_error' | 'idempotency_error' | 'api_error';
  message: string;
  code?: string;
  decline_code?: string;
  param?: string;
  charge?: string | null;
  payment_intent?: object;
}

/** A request refused before anything is done: it leaves no trace, also not under its idempotency key. */
export class StripeRefusal extends Error {
  constructor(
    readonly status: number,
    readonly error: StripeError,
  ) {
    super(error.message);
    this.name = 'StripeRefusal';
  }
}

export function invalidRequest(
  message: string,
  { status = 400, ...more }: { param?: string; code?: string; status?: number } = {},
): StripeRefusal {
  return new StripeRefusal(status, { type: 'invalid_request_error', message, ...more });
}

export const missing = (param: string): StripeRefusal =>
  invalidRequest(`Missing required param: ${param}.`, { param, code: 'parameter_missing' });

export const noSuch = (resource: 'payment_intent' | 'refund', id: string, param = 'id'): StripeRefusal =>
  invalidRequest(`No such ${resource}: '${id}'`, { param, code: 'resource_missing', status: 404 });

/** What Stripe tells about each way a payment can fail. */
export const failures: Record<Failure, StripeError> = {
  generic_decline: {
    type: 'card_error',
    code: 'card_declined',
    decline_code: 'generic_decline',
    message: 'Your card was declined.',
  },
  insufficient_funds: {
    type: 'card_error',
    code: 'card_declined',
    decline_code: 'insufficient_funds',
    message: 'Your card has insufficient funds.',
  },
  authentication_required: {
    type: 'card_error',
    code: 'authentication_required',
    decline_code: 'authentication_required',
    message: 'Your card was declined. This transaction requires authentication.',
  },
  payment_intent_authentication_failure: {
    type: 'invalid_request_error',
    code: 'payment_intent_authentication_failure',
    message:
      'The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.',
  },
};
