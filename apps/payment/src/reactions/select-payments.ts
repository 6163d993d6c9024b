import type { DatabaseTransaction } from '@hookshop/persistence';
import type { Payment } from '../payment.js';
import { paymentColumns, toPayment } from '../payment-columns.js';

export interface KnownPayment {
  payment: Payment;
  /** A process asks the provider about it right now. */
  isLeased: boolean;
}

/**
 * Reads payments by the ids of their orders or by their ids at the provider. Without a lock: nearly all are settled
 * already, and to lock a row is to write it.
 */
export async function selectPayments(
  tx: DatabaseTransaction,
  orderIds: readonly string[],
  references: readonly string[],
): Promise<KnownPayment[]> {
  const rows = await tx.query<Record<string, unknown> & { isLeased: boolean }>(statement, [orderIds, references]);
  return rows.map(({ isLeased, ...row }) => ({ payment: toPayment(row), isLeased }));
}

const statement = `
  SELECT ${paymentColumns('payments')}, coalesce(leased_until > now(), false) AS "isLeased"
  FROM payments
  WHERE order_id = ANY ($1::uuid[]) OR provider_reference = ANY ($2::text[])`;
