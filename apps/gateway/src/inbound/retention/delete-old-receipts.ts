import type { Database } from '@hookshop/persistence';

/** Ids are in the order of time: those before one that nothing young enough can have. */
const statement = `
  WITH old AS (
    SELECT id, source, webhook_id FROM inbound_webhooks WHERE id < $1::uuid
    ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
  ), forgotten AS (
    DELETE FROM inbound_ids AS known USING old
    WHERE known.source = old.source AND known.webhook_id = old.webhook_id AND known.receipt_id = old.id
  ), removed AS (
    DELETE FROM inbound_webhooks AS receipt USING old WHERE receipt.id = old.id RETURNING 1
  )
  SELECT count(*)::int AS removed FROM removed`;

/** Removes at most `limit` receipts before this id, and the memory of what they took. */
export async function deleteOldReceipts(database: Database, beforeId: string, limit: number): Promise<number> {
  const [row] = await database.query<{ removed: number }>(statement, [beforeId, limit]);
  return row!.removed;
}
