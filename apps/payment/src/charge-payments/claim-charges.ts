import type { Database } from '@hookshop/persistence';
import { paymentColumns, toPayment } from '../payment-columns.js';
import type { ChargeJob } from './charge-payments.js';

export interface ClaimLimits {
  limit: number;
  leaseSeconds: number;
  /** Age from which the provider may have forgotten the charge's idempotency key. */
  keySeconds: number;
  /** Age from which the provider's search knows of a charge, if there was one. */
  searchLagSeconds: number;
}

/** Leases charges that are due: never tried, of unknown outcome, waiting for their customer, or to be cancelled. */
export async function claimCharges(database: Database, limits: ClaimLimits): Promise<ChargeJob[]> {
  const rows = await database.query<Record<string, unknown> & { keyIsOld: boolean; isFindable: boolean }>(statement, [
    limits.limit,
    limits.leaseSeconds,
    limits.keySeconds,
    limits.searchLagSeconds,
  ]);
  return rows.map(({ keyIsOld, isFindable, ...row }) => ({ payment: toPayment(row), keyIsOld, isFindable }));
}

const statement = `
  WITH due AS (
    SELECT id FROM payments
    WHERE next_attempt_at <= now() AND status IN ('pending', 'authenticating', 'cancelling')
    ORDER BY next_attempt_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
  )
  UPDATE payments SET
    attempts = attempts + 1,
    first_attempt_at = CASE WHEN status = 'pending' THEN coalesce(first_attempt_at, now()) ELSE first_attempt_at END,
    last_attempt_at = CASE WHEN status = 'pending' THEN now() ELSE last_attempt_at END,
    leased_until = now() + $2::double precision * interval '1 second',
    next_attempt_at = now() + $2::double precision * interval '1 second',
    updated_at = now()
  FROM due
  WHERE payments.id = due.id
  RETURNING ${paymentColumns('payments')},
    first_attempt_at < now() - $3::double precision * interval '1 second' AS "keyIsOld",
    last_attempt_at < now() - $4::double precision * interval '1 second' AS "isFindable"`;
