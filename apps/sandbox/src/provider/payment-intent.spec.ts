import {
  NothingToRefund,
  PaymentIntent,
  type PaymentIntentStatus,
  RefundTooLarge,
  transitions,
  UnexpectedState,
} from './payment-intent.js';
import type { Verdict } from './test-methods.js';

const now = new Date('2026-01-02T03:04:05Z');
const confirmed = (verdict: Verdict): PaymentIntent =>
  PaymentIntent.confirm(
    'pi_1',
    {
      amountInCents: 1000,
      currency: 'USD',
      method: 'pm_card_visa',
      orderId: 'o-1',
      description: null,
      returnUrl: null,
      metadata: { orderId: 'o-1' },
    },
    verdict,
    null,
    now,
  );
const inState = (status: PaymentIntentStatus): PaymentIntent => Object.assign(confirmed('succeeds'), { status });

describe('PaymentIntent', () => {
  it.each([
    ['succeeds', 'succeeded', 1000, null],
    ['asks-for-authentication', 'requires_action', 0, null],
    ['insufficient_funds', 'requires_payment_method', 0, 'insufficient_funds'],
  ] as const)('confirmed with a card that %s is %s', (verdict, status, capturedInCents, failure) => {
    expect(confirmed(verdict)).toMatchObject({ status, capturedInCents, failure, refundedInCents: 0 });
  });

  it.each(Object.keys(transitions) as PaymentIntentStatus[])(
    'is cancelled from %s only where the map says so',
    (status) => {
      const intent = inState(status);
      if (transitions[status].includes('canceled')) {
        intent.cancel('abandoned', now);
        expect(intent).toMatchObject({ status: 'canceled', cancellationReason: 'abandoned', canceledAt: now });
      } else {
        expect(() => intent.cancel(null, now)).toThrow(UnexpectedState);
        expect(intent).toMatchObject({ status, canceledAt: null });
      }
    },
  );

  it('captures the amount once its customer is authenticated, and only once', () => {
    const intent = confirmed('asks-for-authentication');

    intent.authenticate('succeed');

    expect(intent).toMatchObject({ status: 'succeeded', capturedInCents: 1000 });
    expect(() => intent.authenticate('succeed')).toThrow(UnexpectedState);
    expect(() => intent.authenticate('fail')).toThrow(UnexpectedState);
  });

  it('takes nothing when authentication fails', () => {
    const intent = confirmed('asks-for-authentication');

    intent.authenticate('fail');

    expect(intent).toMatchObject({
      status: 'requires_payment_method',
      capturedInCents: 0,
      failure: 'payment_intent_authentication_failure',
    });
  });

  it('is refunded in parts up to what was captured', () => {
    const intent = confirmed('succeeds');

    intent.refund(400);
    expect(() => intent.refund(601)).toThrow(RefundTooLarge);
    intent.refund(600);

    expect(intent.refundedInCents).toBe(1000);
    expect(() => intent.refund(1)).toThrow(NothingToRefund);
  });

  it('holds nothing to refund before money was taken', () => {
    expect(() => confirmed('asks-for-authentication').refund(1)).toThrow(NothingToRefund);
    expect(() => confirmed('generic_decline').refund(1)).toThrow(NothingToRefund);
  });

  it('names its charge only where the bank was asked', () => {
    expect(confirmed('succeeds').chargeId).toBe('ch_1');
    expect(confirmed('generic_decline').chargeId).toBe('ch_1');
    expect(confirmed('asks-for-authentication').chargeId).toBeNull();
  });
});
