import type { Database } from '@hookshop/persistence';

/** An hour later than deliveries: a replay that began before may still be about to owe them to somebody. */
const statement = `
  WITH old AS (
    SELECT id FROM webhook_messages AS message
    WHERE received_at < now() - $1 * interval '1 day' - interval '1 hour'
      AND NOT EXISTS (SELECT FROM webhook_deliveries AS delivery WHERE delivery.message_id = message.id)
    ORDER BY received_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
  ), bodies AS (
    DELETE FROM webhook_bodies USING old WHERE message_id = old.id
  ), removed AS (
    DELETE FROM webhook_messages AS message USING old WHERE message.id = old.id RETURNING 1
  )
  SELECT count(*)::int AS removed FROM removed`;

/** Removes at most `limit` messages that are past their time and owed to nobody, with their bodies. */
export async function deleteOldMessages(database: Database, olderThanDays: number, limit: number): Promise<number> {
  const [row] = await database.query<{ removed: number }>(statement, [olderThanDays, limit]);
  return row!.removed;
}
