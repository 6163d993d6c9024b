import type { Database } from '@hookshop/persistence';

const statement = `
  WITH old AS (
    SELECT endpoint_id, hour FROM webhook_stats WHERE hour < now() - $1 * interval '1 day'
    LIMIT $2
    FOR UPDATE SKIP LOCKED
  ), removed AS (
    DELETE FROM webhook_stats AS stats USING old
    WHERE stats.endpoint_id = old.endpoint_id AND stats.hour = old.hour RETURNING 1
  )
  SELECT count(*)::int AS removed FROM removed`;

/** Removes at most `limit` hours of statistics that are past their time. */
export async function deleteOldStats(database: Database, olderThanDays: number, limit: number): Promise<number> {
  const [row] = await database.query<{ removed: number }>(statement, [olderThanDays, limit]);
  return row!.removed;
}
