import type { Database } from '@hookshop/persistence';

/** Removes at most `limit` keys that are past their time, leaving those that another instance is removing. */
export async function deleteOldKeys(database: Database, olderThanHours: number, limit: number): Promise<number> {
  const [row] = await database.query<{ removed: number }>(
    `WITH old AS (
       SELECT api_key_id, key FROM idempotency_keys WHERE created_at < now() - $1 * interval '1 hour'
       LIMIT $2 FOR UPDATE SKIP LOCKED
     ), removed AS (
       DELETE FROM idempotency_keys AS known USING old
       WHERE known.api_key_id = old.api_key_id AND known.key = old.key RETURNING 1
     )
     SELECT count(*)::int AS removed FROM removed`,
    [olderThanHours, limit],
  );
  return row!.removed;
}
