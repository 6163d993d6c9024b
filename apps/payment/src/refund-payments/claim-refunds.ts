import type { Database } from '@hookshop/persistence';
import type { Payment } from '../payment.js';
import { paymentColumns, toPayment } from '../payment-columns.js';

/** Leases refunds that are due: never tried, of unknown outcome, refused, or not with the customer yet. */
export async function claimRefunds(database: Database, limit: number, leaseSeconds: number): Promise<Payment[]> {
  const rows = await database.query(statement, [limit, leaseSeconds]);
  return rows.map(toPayment);
}

const statement = `
  WITH due AS (
    SELECT id FROM payments
    WHERE next_attempt_at <= now() AND status IN ('refunding', 'refund-failed')
    ORDER BY next_attempt_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
  )
  UPDATE payments SET
    attempts = attempts + 1,
    leased_until = now() + $2::double precision * interval '1 second',
    next_attempt_at = now() + $2::double precision * interval '1 second',
    updated_at = now()
  FROM due
  WHERE payments.id = due.id
  RETURNING ${paymentColumns('payments')}`;
