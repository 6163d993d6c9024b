import type { Database } from '@hookshop/persistence';

/**
 * Found by their messages, whose age is in an index: a delivery is not older than its message, and one that was owed
 * later, by a replay, is left until it is old itself. The status is looked at besides the queue because it is seen as it
 * is once the row is locked: what a replay has just opened again stays.
 */
const statement = `
  WITH old AS (
    SELECT delivery.id FROM webhook_messages AS message
      JOIN webhook_deliveries AS delivery ON delivery.message_id = message.id
    WHERE message.received_at < now() - $1 * interval '1 day'
      AND delivery.created_at < now() - $1 * interval '1 day'
      AND delivery.status <> 'pending'
      AND NOT EXISTS (SELECT FROM webhook_queue AS queue WHERE queue.delivery_id = delivery.id)
    ORDER BY message.received_at
    LIMIT $2
    FOR UPDATE OF delivery SKIP LOCKED
  ), attempts AS (
    DELETE FROM webhook_attempts USING old WHERE delivery_id = old.id
  ), removed AS (
    DELETE FROM webhook_deliveries AS delivery USING old WHERE delivery.id = old.id RETURNING 1
  )
  SELECT count(*)::int AS removed FROM removed`;

/** Removes at most `limit` settled deliveries that are past their time, with their attempts. */
export async function deleteOldDeliveries(database: Database, olderThanDays: number, limit: number): Promise<number> {
  const [row] = await database.query<{ removed: number }>(statement, [olderThanDays, limit]);
  return row!.removed;
}
