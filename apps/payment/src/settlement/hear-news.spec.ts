import { declaredType } from '@hookshop/contracts';
import { Payment } from '../payment.js';
import { ChargedTwice, isForAPerson, PaidAfterDecline, RefundUndone, TookOtherMoney } from '../payment-errors.js';
import { paymentStatuses, type PaymentStatus } from '../payment-status.js';
import type { ChargeOutcome } from '../provider/outcomes.js';
import type { ChargeNews, News, RefundNews } from '../provider/news.js';
import { hearNews } from './hear-news.js';

const pauses = { charge: [1], check: [3], refund: [30] };
const orderId = '0198c5a0-0000-7000-8000-000000000001';
const asked = { orderId, amountInCents: 9900, currency: 'USD', paymentMethod: 'pm_card_visa' };

const unreferenced: readonly PaymentStatus[] = ['pending', 'cancelling', 'cancelled', 'declined'];
const payment = (status: PaymentStatus, more: Partial<Payment> = {}): Payment =>
  Object.assign(Payment.request('0198c5a0-0000-7000-8000-000000000002', asked, { id: 'the-request' }), {
    status,
    version: 5,
    providerReference: unreferenced.includes(status) ? null : 'pi_1',
    refundReference: status === 'refunded' ? 're_1' : null,
    ...more,
  });

const charge = (outcome: ChargeOutcome & { reference: string }, more: Partial<ChargeNews> = {}): ChargeNews => ({
  ...{ about: 'charge', type: 'payment_intent.succeeded', orderId, reference: outcome.reference },
  ...{ outcome, amountReceived: 9900, currency: 'USD', ...more },
});
const paid = charge({ is: 'captured', reference: 'pi_1' });
const closed = charge({ is: 'cancelled', reference: 'pi_1', reason: 'expired' });
const failed = charge({ is: 'declined', reference: 'pi_1', reason: 'card_declined' });
const refund = (more: Partial<RefundNews> = {}): RefundNews => ({
  ...{ about: 'refund', type: 'refund.updated', orderId, reference: 'pi_1', refundReference: 're_1' },
  ...{ status: 'returned', amount: 9900, ...more },
});
const returned = refund();
const bounced = refund({ status: 'failed' });
const chargeReturned = refund({ refundReference: null });

/** `applied: captured@6 payment.captured.v1@6`, or the name of the error. */
const hearing = (known: Payment, news: News, underWay = false): string => {
  try {
    const heard = hearNews(known, news, pauses, underWay);
    const facts = known.takeStatements().map(({ event, sequence }) => `${declaredType(event)}@${sequence}`);
    return [`${heard}:`, `${known.status}@${known.version}`, ...facts].join(' ');
  } catch (error) {
    expect(isForAPerson(error)).toBe(true);
    return (error as Error).name;
  }
};

describe('News of the provider', () => {
  const same = (status: PaymentStatus) => `repeated: ${status}@5`;
  const nudged = (status: PaymentStatus) => `nudged: ${status}@5`;
  const money = 'payment.captured.v1@6';
  const no = 'payment.declined.v1@6';
  const table: Record<
    PaymentStatus,
    Partial<Record<'paid' | 'closed' | 'failed' | 'returned' | 'bounced' | 'chargeReturned', string>>
  > = {
    pending: { paid: `applied: captured@6 ${money}`, closed: `applied: declined@6 ${no}`, failed: nudged('pending') },
    authenticating: {
      paid: `applied: captured@6 ${money}`,
      closed: `applied: declined@6 ${no}`,
      failed: nudged('authenticating'),
    },
    cancelling: {
      paid: `applied: refunding@7 ${money}`,
      closed: 'applied: cancelled@6',
      failed: nudged('cancelling'),
    },
    cancelled: { paid: `applied: refunding@7 ${money}` },
    declined: { paid: PaidAfterDecline.name },
    captured: { returned: 'ignored: captured@5', chargeReturned: 'ignored: captured@5' },
    refunding: { returned: nudged('refunding'), chargeReturned: nudged('refunding') },
    'refund-failed': { returned: nudged('refund-failed') },
    refunded: { bounced: RefundUndone.name },
  };
  for (const status of paymentStatuses) {
    for (const [name, news] of Object.entries({ paid, closed, failed, returned, bounced, chargeReturned })) {
      const expected = table[status][name as keyof (typeof table)[PaymentStatus]] ?? same(status);
      it(`"${name}" about a payment that is ${status} are ${expected}`, () => {
        expect(hearing(payment(status), news)).toBe(expected);
      });
    }
  }

  it('change no column of a payment for which they are repeated', () => {
    for (const status of paymentStatuses) {
      for (const news of [paid, closed, failed, returned, bounced, chargeReturned]) {
        const known = payment(status);
        if (hearing(known, news).startsWith('repeated')) expect(known).toEqual(payment(status));
      }
    }
  });

  it('make a look due at once and overtake the attempt under way', () => {
    const known = payment('authenticating', { attempts: 4 });
    hearNews(known, failed, pauses, true);

    expect(known).toMatchObject({ attempts: 5, nextAttemptInSeconds: 0 });
  });

  it.each(['pending', 'cancelling'] as const)(
    'tell the id of a payment that is %s, so that it is looked at',
    (status) => {
      const known = payment(status);
      hearNews(known, failed, pauses, false);

      expect(known.providerReference).toBe('pi_1');
    },
  );

  it.each([
    ['that a charge failed which is being asked for', payment('pending'), failed],
    ['that a charge went back whose refund is being asked for', payment('refunding'), chargeReturned],
  ])('%s are left to the answer', (_what, known, news) => {
    expect(hearing(known, news, true)).toBe(same(known.status));
  });

  it('of a refund that is being asked for have that very refund looked at', () => {
    const known = payment('refunding');

    expect(hearing(known, returned, true)).toBe(nudged('refunding'));
    expect(known.refundReference).toBe('re_1');
  });

  it.each([closed, failed])('of another intent decide nothing', (news) => {
    const known = payment('authenticating', { providerReference: 'pi_known' });

    expect(hearing(known, news)).toBe(same('authenticating'));
  });

  it('of money are about it whichever intent took it', () => {
    const known = payment('authenticating', { providerReference: 'pi_known' });

    expect(hearing(known, paid)).toBe(`applied: captured@6 ${money}`);
    expect(known.providerReference).toBe('pi_1');
  });

  it('of a second charge are for a person', () => {
    expect(hearing(payment('captured', { providerReference: 'pi_known' }), paid)).toBe(ChargedTwice.name);
  });

  it.each([
    ['another amount', { amountReceived: 9800 }],
    ['nothing', { amountReceived: 0 }],
    ['another currency', { currency: 'JPY' }],
  ])('of %s taken are for a person, also when the payment is captured', (_what, more) => {
    const news = charge({ is: 'captured', reference: 'pi_1' }, more);

    expect(hearing(payment('pending'), news)).toBe(TookOtherMoney.name);
    expect(hearing(payment('captured'), news)).toBe(TookOtherMoney.name);
  });

  it.each([
    ['a part', refund({ amount: 100 })],
    ['a payment that is not this one', refund({ reference: 'pi_other' })],
    ['a refund that is still open', refund({ status: 'open' })],
    ['a part of the charge', refund({ refundReference: null, status: 'open', amount: 100 })],
  ])('of the return of %s do not stand for the return of the payment', (_what, news) => {
    expect(hearing(payment('refunding'), news)).toBe(same('refunding'));
  });

  it.each([
    ['that refund', returned, nudged],
    ['that refund, which failed', bounced, nudged],
    ['its charge', chargeReturned, nudged],
    ['another refund', refund({ refundReference: 're_other' }), same],
  ])('of %s, while one is under way: it is looked at if it may be that one', (_what, news, expected) => {
    expect(hearing(payment('refunding', { refundReference: 're_1' }), news)).toBe(expected('refunding'));
    expect(hearing(payment('refund-failed', { refundReference: 're_1' }), news)).toBe(expected('refund-failed'));
  });
});
