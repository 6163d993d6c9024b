import type { DatabaseTransaction } from '@hookshop/persistence';
import { looksLikeId } from './new-id.js';
import { PaymentIntent } from './payment-intent.js';

/** Holds the intent until the transaction ends: cancellations, refunds and authentications of it come one by one. */
export async function lockPaymentIntent(id: string, tx: DatabaseTransaction): Promise<PaymentIntent | null> {
  if (!looksLikeId('pi', id)) return null;
  return tx.manager.findOne(PaymentIntent, { where: { id }, lock: { mode: 'pessimistic_write' } });
}
