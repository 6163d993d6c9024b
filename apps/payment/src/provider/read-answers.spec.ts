import { Stripe } from 'stripe';
import { readFailure, readIntent, readRefund } from './read-answers.js';

const intent = (more: object) => ({ id: 'pi_1', last_payment_error: null, ...more }) as Stripe.PaymentIntent;
const refund = (more: object) => ({ id: 're_1', ...more }) as Stripe.Refund;
const thrown = (statusCode: number, error: object) =>
  Stripe.errors.StripeError.generate({ statusCode, message: 'no', ...error } as never);

describe('A payment intent', () => {
  it.each([
    [{ status: 'succeeded' }, { is: 'captured', reference: 'pi_1' }],
    [{ status: 'requires_action' }, { is: 'authenticating', reference: 'pi_1' }],
    [{ status: 'processing' }, { is: 'processing', reference: 'pi_1' }],
    [
      { status: 'canceled', cancellation_reason: 'abandoned' },
      { is: 'cancelled', reference: 'pi_1', reason: 'abandoned' },
    ],
    [
      { status: 'canceled', cancellation_reason: null },
      { is: 'cancelled', reference: 'pi_1', reason: 'canceled' },
    ],
    [
      { status: 'canceled', cancellation_reason: null, last_payment_error: { code: 'authentication_required' } },
      { is: 'cancelled', reference: 'pi_1', reason: 'authentication_required' },
    ],
    [
      { status: 'requires_payment_method', last_payment_error: { code: 'card_declined', decline_code: 'lost_card' } },
      { is: 'declined', reference: 'pi_1', reason: 'lost_card' },
    ],
    [
      { status: 'requires_payment_method', last_payment_error: { code: 'payment_intent_authentication_failure' } },
      { is: 'declined', reference: 'pi_1', reason: 'payment_intent_authentication_failure' },
    ],
    [{ status: 'requires_capture' }, { is: 'unresolved', error: 'pi_1 has the unexpected status requires_capture' }],
  ])('that says %j is %j', (says, outcome) => {
    expect(readIntent(intent(says))).toEqual(outcome);
  });
});

describe('A refund', () => {
  it.each([
    [{ status: 'succeeded' }, { is: 'refunded', reference: 're_1' }],
    [{ status: 'pending' }, { is: 'underway', reference: 're_1' }],
    [{ status: 'requires_action' }, { is: 'underway', reference: 're_1' }],
    [
      { status: 'failed', failure_reason: 'lost_or_stolen_card' },
      { is: 'failed', reason: 'lost_or_stolen_card' },
    ],
    [{ status: 'canceled' }, { is: 'failed', reason: 'canceled' }],
    [{ status: null }, { is: 'unresolved', error: 're_1 has the unexpected status none' }],
  ])('that says %j is %j', (says, outcome) => {
    expect(readRefund(refund(says))).toEqual(outcome);
  });
});

describe('An error of the provider', () => {
  it('about the card declines', () => {
    const error = thrown(402, {
      type: 'card_error',
      code: 'card_declined',
      decline_code: 'insufficient_funds',
      payment_intent: { id: 'pi_1' },
    });
    expect(readFailure(error)).toEqual({ is: 'declined', reason: 'insufficient_funds', reference: 'pi_1' });
  });

  it('about the card without a decline code declines with its code', () => {
    expect(readFailure(thrown(402, { type: 'card_error', code: 'expired_card' }))).toEqual({
      is: 'declined',
      reason: 'expired_card',
    });
  });

  it.each([400, 404])('%d about the request is a refusal', (status) => {
    const error = thrown(status, { type: 'invalid_request_error', code: 'amount_too_small' });
    expect(readFailure(error)).toEqual({ is: 'refused', code: 'amount_too_small', message: 'no' });
  });

  it.each([
    ['a key in use', 409, { type: 'idempotency_error' }],
    ['a key that was used with other parameters', 400, { type: 'idempotency_error' }],
    ['too many requests', 429, { type: 'invalid_request_error' }],
    ['a fault of the provider', 500, { type: 'api_error' }],
  ])('about %s leaves the outcome unknown', (_about, status, error) => {
    expect(readFailure(thrown(status, error))).toMatchObject({ is: 'unresolved' });
  });

  it.each([401, 403])('%d about our key leaves the outcome unknown until an operator mends it', (status) => {
    expect(readFailure(thrown(status, { type: 'invalid_request_error' }))).toMatchObject({
      is: 'unresolved',
      operator: true,
    });
  });

  it('that never arrived leaves the outcome unknown', () => {
    const error = new Stripe.errors.StripeConnectionError({ message: 'timed out' } as never);
    expect(readFailure(error)).toEqual({ is: 'unresolved', error: 'StripeConnectionError: timed out' });
  });

  it('is told in one line that a fact can carry', () => {
    const error = thrown(402, { type: 'card_error', decline_code: `do\u0000not\n${'x'.repeat(300)}` });
    const failure = readFailure(error);
    expect(failure).toMatchObject({ is: 'declined', reason: expect.stringMatching(/^do not x{193}$/) });
  });

  it('is not what a fault of ours is', () => {
    expect(readFailure(new TypeError('undefined is not a function'))).toBeUndefined();
  });
});
