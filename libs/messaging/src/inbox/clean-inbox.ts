import type { Database } from '@hookshop/persistence';

/** Forgets a bounded number of events that no stream can deliver any more. Returns how many it forgot. */
export async function cleanInbox(database: Database, olderThanDays: number, limit: number): Promise<number> {
  const [row] = await database.query<{ removed: number }>(
    `WITH old AS (
       SELECT reaction, event_id FROM inbox WHERE received_at < now() - $1 * interval '1 day' LIMIT $2
     ), removed AS (
       DELETE FROM inbox USING old WHERE inbox.reaction = old.reaction AND inbox.event_id = old.event_id RETURNING 1
     )
     SELECT count(*)::int AS removed FROM removed`,
    [olderThanDays, limit],
  );
  return row!.removed;
}
