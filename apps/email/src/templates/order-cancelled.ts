import type { CancellationReason } from '@hookshop/contracts';
import type { CancelledContent } from './content.js';
import type { Letter } from './letter.js';
import { money } from './money.js';

export const orderCancelled = (orderId: string, content: CancelledContent): Letter => ({
  subject: `Your order ${orderId} is cancelled`,
  heading: 'Your order is cancelled',
  opening: [why[content.reason], moneyBack(content)],
  details: [],
  orderId,
  order: content,
  closing: ['Nothing of this order will be shipped.'],
});

const why: Record<CancellationReason, string> = {
  'out-of-stock': 'We are sorry: something you ordered has sold out, so we had to cancel your order.',
  'payment-declined': 'Your payment was declined, so we had to cancel your order.',
  'timed-out': 'Your order could not be completed in time, so we had to cancel it.',
  requested: 'We have cancelled your order, as you asked.',
};

/** Stock is reserved before any payment, and a declined payment moves nothing; in the other cases it may have been taken. */
function moneyBack({ reason, totalInCents, currency }: CancelledContent): string {
  if (reason === 'out-of-stock' || reason === 'payment-declined') return 'You have not been charged.';
  return `If your payment of ${money(totalInCents, currency)} was already taken, we return all of it to the payment method you used.`;
}
