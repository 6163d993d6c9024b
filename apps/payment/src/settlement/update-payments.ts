import type { DatabaseTransaction } from '@hookshop/persistence';
import type { Payment } from '../payment.js';

export interface Update {
  /** As the move left it. */
  payment: Payment;
  /** As it was read: a row that another moved or attempted meanwhile is left alone. */
  known: Pick<Payment, 'version' | 'attempts'>;
}

/** Stores payments that moved and ends their leases. Returns the ids of those that were still as they were read. */
export async function updatePayments(tx: DatabaseTransaction, updates: readonly Update[]): Promise<Set<string>> {
  const column = <T>(read: (update: Update) => T): T[] => updates.map(read);
  const rows = await tx.query<{ id: string }>(statement, [
    column(({ payment }) => payment.id),
    column(({ known }) => known.version),
    column(({ known }) => known.attempts),
    column(({ payment }) => payment.status),
    column(({ payment }) => payment.version),
    column(({ payment }) => payment.providerReference),
    column(({ payment }) => payment.refundReference),
    column(({ payment }) => payment.declineReason),
    column(({ payment }) => payment.attempts),
    column(({ payment }) => payment.refundFailures),
    column(({ payment }) => JSON.stringify(payment.refundLog)),
    column(({ payment }) => payment.nextAttemptInSeconds),
  ]);
  return new Set(rows.map(({ id }) => id));
}

/** Rows are locked in the order of their orders, like everywhere: two batches wait for each other without a deadlock. */
const statement = `
  WITH locked AS (
    SELECT id FROM payments WHERE id = ANY ($1::uuid[]) ORDER BY order_id FOR UPDATE
  )
  UPDATE payments SET
    status = moved.status,
    version = moved.version,
    provider_reference = moved.provider_reference,
    refund_reference = moved.refund_reference,
    decline_reason = moved.decline_reason,
    attempts = moved.attempts,
    refund_failures = moved.refund_failures,
    refund_log = moved.refund_log,
    next_attempt_at = now() + moved.next_attempt_in_seconds * interval '1 second',
    leased_until = NULL,
    updated_at = now()
  FROM locked, unnest(
    $1::uuid[], $2::integer[], $3::integer[], $4::text[], $5::integer[], $6::text[], $7::text[], $8::text[],
    $9::integer[], $10::integer[], $11::jsonb[], $12::double precision[]
  ) AS moved (
    id, known_version, known_attempts, status, version, provider_reference, refund_reference, decline_reason,
    attempts, refund_failures, refund_log, next_attempt_in_seconds
  )
  WHERE payments.id = locked.id AND payments.id = moved.id
    AND payments.version = moved.known_version AND payments.attempts = moved.known_attempts
  RETURNING payments.id`;
