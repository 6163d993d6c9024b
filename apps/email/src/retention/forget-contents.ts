import type { Database } from '@hookshop/persistence';

const statement = `
  WITH old AS (
    SELECT id FROM emails
    WHERE recipient <> '' AND status <> 'pending' AND created_at < now() - $1 * interval '1 day'
    ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
  ), forgotten AS (
    UPDATE emails SET recipient = '', content = '{}' FROM old WHERE emails.id = old.id RETURNING 1
  )
  SELECT count(*)::int AS forgotten FROM forgotten`;

/**
 * Forgets to whom at most `limit` settled mails went and what they told. The row stays: it is why no order gets a second
 * mail of a kind, and under which Message-ID it was sent.
 */
export async function forgetContents(database: Database, olderThanDays: number, limit: number): Promise<number> {
  const [row] = await database.query<{ forgotten: number }>(statement, [olderThanDays, limit]);
  return row!.forgotten;
}
