import type { DatabaseTransaction } from '@hookshop/persistence';
import type { Verdict } from '../email.js';

export interface SettledEmail extends Verdict {
  id: string;
  /** The version this process knows. */
  version: number;
}

const statement = `
  UPDATE emails SET
    status = settled.status,
    attempts = settled.attempts,
    next_attempt_at = CASE settled.status
      WHEN 'pending' THEN now() + settled.pause_seconds * interval '1 second'
    END,
    leased_until = NULL,
    error = settled.error,
    sent_at = CASE settled.status WHEN 'sent' THEN now() END,
    version = emails.version + 1
  FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::integer[], $5::double precision[], $6::text[])
         AS settled (id, version, status, attempts, pause_seconds, error)
  WHERE emails.id = settled.id AND emails.version = settled.version
  RETURNING emails.id, emails.version`;

/**
 * Records what became of mails. Returns their new versions; a mail that another process has taken since is left alone
 * and missing from the answer.
 */
export async function settleEmails(
  tx: DatabaseTransaction,
  settled: readonly SettledEmail[],
): Promise<Map<string, number>> {
  const rows = await tx.query<{ id: string; version: number }>(statement, [
    settled.map(({ id }) => id),
    settled.map(({ version }) => version),
    settled.map(({ status }) => status),
    settled.map(({ attempts }) => attempts),
    settled.map(({ pauseSeconds }) => pauseSeconds),
    settled.map(({ error }) => error),
  ]);
  return new Map(rows.map(({ id, version }) => [id, version]));
}
