import type { Database } from '@hookshop/persistence';

export interface Backlog {
  /** Facts committed and not acknowledged by the broker yet, counted up to the limit. */
  facts: number;
  oldestAgeSeconds: number;
  /** Facts that can never be published and need a person. */
  setAside: number;
}

/**
 * Counts at most `limit` rows, so that the measure stays cheap when it matters. By id: from the table's beginning it
 * would read again and again the pages of what was deleted and not vacuumed yet.
 */
export async function measureBacklog(database: Database, limit: number): Promise<Backlog> {
  const [row] = await database.query<Backlog>(
    `SELECT (SELECT count(*) FROM (SELECT FROM outbox WHERE set_aside_at IS NULL ORDER BY id LIMIT $1) AS waiting)::int AS facts,
            coalesce((SELECT extract(epoch FROM now() - created_at) FROM outbox
                      WHERE set_aside_at IS NULL ORDER BY id LIMIT 1), 0)::float8 AS "oldestAgeSeconds",
            (SELECT count(*) FROM outbox WHERE set_aside_at IS NOT NULL)::int AS "setAside"`,
    [limit],
  );
  return row!;
}
