import { declaredType, type OrderPaymentRequested } from '@hookshop/contracts';
import { Payment } from './payment.js';
import { ChargedTwice, IllegalTransition } from './payment-errors.js';
import { paymentStatuses, type PaymentStatus, transitions, whenOrderCancelled } from './payment-status.js';
import type { ChargeOutcome, RefundOutcome } from './provider/outcomes.js';

const pauses = { charge: [1, 2, 5], check: [3, 10], refund: [30, 60] };
const asked: OrderPaymentRequested = {
  orderId: '0198c5a0-0000-7000-8000-000000000001',
  amountInCents: 9900,
  currency: 'USD',
  paymentMethod: 'pm_card_visa',
};
const paymentId = '0198c5a0-0000-7000-8000-000000000002';
const request = { id: 'the-request', correlationId: asked.orderId };
const cancellation = { id: 'the-cancellation', correlationId: asked.orderId };
const now = new Date('2026-01-01T00:00:00Z');

const payment = (status: PaymentStatus, more: Partial<Payment> = {}): Payment => {
  const known = Payment.request(paymentId, asked, request);
  const reference = ['captured', 'refunding', 'refund-failed', 'refunded', 'authenticating'].includes(status);
  return Object.assign(known, {
    status,
    version: 5,
    providerReference: reference ? 'pi_1' : null,
    cancellationCause: cancellation,
    refundLog: status === 'refund-failed' ? [{ number: 1, at: now.toISOString(), error: 'declined' }] : [],
    ...more,
  });
};

/** `captured v6: payment.captured v6`, `refused` for an illegal transition, `old news` when nothing is different. */
const after = (known: Payment, move: (payment: Payment) => boolean): string => {
  try {
    if (!move(known)) return 'old news';
  } catch (error) {
    if (error instanceof IllegalTransition) return 'refused';
    throw error;
  }
  const facts = known.takeStatements().map(({ event, sequence }) => `${declaredType(event)}@${sequence}`);
  return [`${known.status}@${known.version}`, ...facts].join(' ');
};

const chargeOutcomes = {
  captured: { is: 'captured', reference: 'pi_1' },
  declined: { is: 'declined', reason: 'insufficient_funds', reference: 'pi_1' },
  closed: { is: 'cancelled', reason: 'abandoned', reference: 'pi_1' },
  authenticating: { is: 'authenticating', reference: 'pi_1' },
  processing: { is: 'processing', reference: 'pi_1' },
  absent: { is: 'absent', certain: true },
  notFound: { is: 'absent', certain: false },
  unresolved: { is: 'unresolved', error: 'timeout' },
} satisfies Record<string, ChargeOutcome>;

const refundOutcomes = {
  refunded: { is: 'refunded', reference: 're_1' },
  underway: { is: 'underway', reference: 're_1' },
  failed: { is: 'failed', reason: 'declined' },
  unresolved: { is: 'unresolved', error: 'timeout' },
} satisfies Record<string, RefundOutcome>;

describe('A payment whose charge the provider answers', () => {
  const captured = 'payment.captured.v1';
  const declined = 'payment.declined.v1';
  const oldNews = 'old news';
  const ended = (whenCaptured: string): Record<keyof typeof chargeOutcomes, string> => ({
    captured: whenCaptured,
    declined: oldNews,
    closed: oldNews,
    authenticating: oldNews,
    processing: oldNews,
    absent: oldNews,
    notFound: oldNews,
    unresolved: oldNews,
  });
  const expected: Record<PaymentStatus, Record<keyof typeof chargeOutcomes, string>> = {
    pending: {
      captured: `captured@6 ${captured}@6`,
      declined: `declined@6 ${declined}@6`,
      closed: `declined@6 ${declined}@6`,
      authenticating: 'authenticating@6',
      processing: 'pending@5',
      absent: 'pending@5',
      notFound: 'pending@5',
      unresolved: 'pending@5',
    },
    authenticating: {
      captured: `captured@6 ${captured}@6`,
      declined: `declined@6 ${declined}@6`,
      closed: `declined@6 ${declined}@6`,
      authenticating: 'authenticating@5',
      processing: 'authenticating@5',
      absent: 'authenticating@5',
      notFound: 'authenticating@5',
      unresolved: 'authenticating@5',
    },
    cancelling: {
      captured: `refunding@7 ${captured}@6`,
      declined: 'cancelled@6',
      closed: 'cancelled@6',
      authenticating: 'cancelling@5',
      processing: 'cancelling@5',
      absent: 'cancelled@6',
      notFound: 'cancelling@5',
      unresolved: 'cancelling@5',
    },
    cancelled: ended(`refunding@7 ${captured}@6`),
    declined: ended('refused'),
    captured: ended(oldNews),
    refunding: ended(oldNews),
    'refund-failed': ended(oldNews),
    refunded: ended(oldNews),
  };

  for (const status of paymentStatuses) {
    for (const [name, outcome] of Object.entries(chargeOutcomes)) {
      const becomes = expected[status][name as keyof typeof chargeOutcomes];
      it(`when ${status} and ${name} is ${becomes}`, () => {
        expect(after(payment(status), (known) => known.settleCharge(outcome, pauses))).toBe(becomes);
      });
    }
  }

  it('states what was taken, caused by the fact that asked for it', () => {
    const known = payment('pending');
    known.settleCharge(chargeOutcomes.captured, pauses);

    expect(known.takeStatements()).toMatchObject([
      {
        cause: request,
        data: { paymentId, orderId: asked.orderId, amountInCents: 9900, currency: 'USD', providerReference: 'pi_1' },
      },
    ]);
    expect(known.nextAttemptInSeconds).toBeNull();
  });

  it('keeps why it was declined', () => {
    const known = payment('pending');
    known.settleCharge(chargeOutcomes.declined, pauses);

    expect(known).toMatchObject({ declineReason: 'insufficient_funds', nextAttemptInSeconds: null });
    expect(known.takeStatements()).toMatchObject([{ cause: request, data: { reason: 'insufficient_funds' } }]);
  });

  it('gives the money of a cancelled order back at once', () => {
    const known = payment('cancelling', { attempts: 7 });
    known.settleCharge(chargeOutcomes.captured, pauses);

    expect(known).toMatchObject({ status: 'refunding', attempts: 0, nextAttemptInSeconds: 0 });
  });

  it('cancels an intent at once when its order is over', () => {
    const known = payment('cancelling');
    known.settleCharge(chargeOutcomes.authenticating, pauses);

    expect(known).toMatchObject({ providerReference: 'pi_1', nextAttemptInSeconds: 0 });
  });

  it('never holds the money of one order twice without a word', () => {
    expect(() => payment('captured').settleCharge({ is: 'captured', reference: 'pi_2' }, pauses)).toThrow(ChargedTwice);
  });

  it('is asked for again after growing pauses, the last of which repeats', () => {
    const pausesAfter = [1, 2, 3, 4].map((attempts) => {
      const known = payment('pending', { attempts });
      known.settleCharge(chargeOutcomes.unresolved, pauses);
      return known.nextAttemptInSeconds;
    });
    expect(pausesAfter).toEqual([1, 2, 5, 5]);
  });

  it('is looked at soon while its customer authenticates, then more rarely', () => {
    const known = payment('pending', { attempts: 3 });
    known.settleCharge(chargeOutcomes.authenticating, pauses);
    expect(known).toMatchObject({ attempts: 0, nextAttemptInSeconds: 3 });

    known.attempts = 1;
    known.settleCharge(chargeOutcomes.authenticating, pauses);
    expect(known.nextAttemptInSeconds).toBe(10);
  });
});

describe('A payment whose refund the provider answers', () => {
  const refunded = 'payment.refunded.v1';
  const failed = 'payment.refund-failed.v1';
  const other = { refunded: 'old news', underway: 'old news', failed: 'old news', unresolved: 'old news' };
  const expected: Record<PaymentStatus, Record<keyof typeof refundOutcomes, string>> = {
    pending: other,
    authenticating: other,
    cancelling: other,
    captured: other,
    declined: other,
    cancelled: other,
    refunded: other,
    refunding: {
      refunded: `refunded@6 ${refunded}@6`,
      underway: 'refunding@5',
      failed: `refund-failed@6 ${failed}@6`,
      unresolved: 'refunding@5',
    },
    'refund-failed': {
      refunded: `refunded@6 ${refunded}@6`,
      underway: 'refund-failed@5',
      failed: 'refund-failed@5',
      unresolved: 'refund-failed@5',
    },
  };

  for (const status of paymentStatuses) {
    for (const [name, outcome] of Object.entries(refundOutcomes)) {
      const becomes = expected[status][name as keyof typeof refundOutcomes];
      it(`when ${status} and ${name} is ${becomes}`, () => {
        expect(after(payment(status), (known) => known.settleRefund(outcome, pauses, now))).toBe(becomes);
      });
    }
  }

  it('states what went back, caused by the cancellation', () => {
    const known = payment('refunding');
    known.settleRefund(refundOutcomes.refunded, pauses, now);

    expect(known.takeStatements()).toMatchObject([
      { cause: cancellation, data: { paymentId, amountInCents: 9900, providerReference: 're_1' } },
    ]);
    expect(known).toMatchObject({ refundReference: 're_1', nextAttemptInSeconds: null });
  });

  it('says once that it failed, tries again under a new key and is given up after the last pause', () => {
    const known = payment('refunding');
    const keys = [known.refundKey];
    const trail = [1, 2, 3].map(() => {
      known.settleRefund(refundOutcomes.failed, pauses, now);
      keys.push(known.refundKey);
      return [known.takeStatements().length, known.nextAttemptInSeconds, known.isGivenUp];
    });

    expect(trail).toEqual([
      [1, 30, false],
      [0, 60, false],
      [0, null, true],
    ]);
    expect(keys).toEqual(['', '-1', '-2', '-3'].map((suffix) => `refund-${paymentId}${suffix}`));
    expect(known.refundTrouble()).toMatchObject({ attempts: 3, reason: 'declined', amountInCents: 9900 });
  });

  it('keeps its key while its outcome is unknown, and is never given up for that', () => {
    const known = payment('refunding', { attempts: 50 });
    known.settleRefund(refundOutcomes.unresolved, pauses, now);

    expect(known).toMatchObject({ refundKey: `refund-${paymentId}`, nextAttemptInSeconds: 60 });
  });

  it('that was underway and failed is asked for anew', () => {
    const known = payment('refunding');
    known.settleRefund(refundOutcomes.underway, pauses, now);
    expect(known).toMatchObject({ refundReference: 're_1', nextAttemptInSeconds: 10 });

    known.settleRefund(refundOutcomes.failed, pauses, now);
    expect(known).toMatchObject({ status: 'refund-failed', refundReference: null, nextAttemptInSeconds: 30 });
  });
});

describe('A payment whose order is cancelled', () => {
  it('moves only as it may', () => {
    for (const [from, to] of Object.entries(whenOrderCancelled))
      expect(transitions[from as PaymentStatus]).toContain(to);
    // Not attempted yet.
    expect(transitions.pending).toContain('cancelled');
  });
});

it('A copy of a payment is moved alone', () => {
  const known = payment('refunding');
  const copy = known.copy();
  copy.settleRefund(refundOutcomes.failed, pauses, now);

  expect(known).toMatchObject({ status: 'refunding', version: 5, refundLog: [], nextAttemptInSeconds: null });
  expect(known.takeStatements()).toEqual([]);
});
