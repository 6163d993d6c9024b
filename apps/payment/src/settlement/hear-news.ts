import type { Payment } from '../payment.js';
import { PaidAfterDecline, RefundUndone, TookOtherMoney } from '../payment-errors.js';
import type { Pauses } from '../pauses.js';
import type { ChargeNews, News, RefundNews } from '../provider/news.js';

/**
 * What news were good for.
 * - `applied`: they decided something
 * - `nudged`: they are a reason to look at the provider now
 * - `repeated`: they change nothing, usually since the answer to a request told the same before
 * - `ignored`: somebody did something at the provider that the shop did not ask for and does not follow
 */
export type Hearing = 'applied' | 'nudged' | 'repeated' | 'ignored';

/**
 * Applies what the provider tells by itself. News may be old: only what stays as it is counts as it is told. Everything
 * else makes a look due, whose answer is of that moment.
 *
 * @param underWay an attempt asks the provider about this payment right now, or has begun or ended meanwhile
 * @throws TookOtherMoney, ChargedTwice, PaidAfterDecline, RefundUndone when a person has to put it right
 */
export const hearNews = (payment: Payment, news: News, pauses: Pauses, underWay: boolean): Hearing =>
  news.about === 'charge' ? hearOfCharge(payment, news, pauses, underWay) : hearOfRefund(payment, news, underWay);

function hearOfCharge(payment: Payment, news: ChargeNews, pauses: Pauses, underWay: boolean): Hearing {
  const { outcome, reference } = news;
  if (outcome.is === 'captured') {
    if (news.amountReceived !== payment.amountInCents || news.currency !== payment.currency) {
      const taken = { amountInCents: news.amountReceived, currency: news.currency };
      throw new TookOtherMoney(payment.orderId, reference, taken, payment);
    }
    if (payment.status === 'declined') throw new PaidAfterDecline(payment.orderId, reference);
    return payment.settleCharge(outcome, pauses) ? 'applied' : 'repeated';
  }
  const { isOpen, providerReference: known } = payment;
  // An order may have a second intent, from when the key of the first was forgotten. Only its own decides a payment.
  if (!isOpen || (known !== null && known !== reference)) return 'repeated';
  if (outcome.is === 'cancelled') return payment.settleCharge(outcome, pauses) ? 'applied' : 'repeated';
  // The charge that is being asked for hears of it itself.
  if (known === null && underWay) return 'repeated';
  // A customer who failed may try again on a page still open: the worker closes the intent, or finds it paid.
  payment.providerReference = reference;
  payment.lookAtOnce();
  return 'nudged';
}

/**
 * Never applied as told: what was returned can still come back, and whoever has the provider's dashboard may return a
 * part. Refunds are few; a look costs one request.
 */
function hearOfRefund(payment: Payment, news: RefundNews, underWay: boolean): Hearing {
  const { status, refundReference: known } = payment;
  if (news.reference !== payment.providerReference) return 'repeated';
  if (status === 'refunded' && news.status === 'failed' && news.refundReference === known) {
    throw new RefundUndone(payment.orderId, news.refundReference!);
  }
  if (status === 'captured' && news.status === 'returned') return 'ignored';
  if (status !== 'refunding' && status !== 'refund-failed') return 'repeated';
  if (known === null) {
    // That a refund failed is counted already, and has its pause: a look at it would count it again.
    if (news.status !== 'returned' || news.amount !== payment.amountInCents) return 'repeated';
    // Which refund it was has to be asked under the key of the present one, as the attempt under way does. Behind one
    // that failed there is a new key: asking would begin a new refund, and its news might do so again and again.
    if (news.refundReference === null && (underWay || status === 'refund-failed')) return 'repeated';
    payment.refundReference = news.refundReference;
  } else if (news.refundReference !== null && news.refundReference !== known) return 'repeated';
  payment.lookAtOnce();
  return 'nudged';
}
