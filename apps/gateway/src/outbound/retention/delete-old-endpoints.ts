import type { Database } from '@hookshop/persistence';

const statement = `
  WITH old AS (
    SELECT id FROM webhook_endpoints AS endpoint
    WHERE deleted_at < now() - $1 * interval '1 day'
      AND NOT EXISTS (SELECT FROM webhook_deliveries AS delivery WHERE delivery.endpoint_id = endpoint.id)
    LIMIT $2
    FOR UPDATE SKIP LOCKED
  ), removed AS (
    DELETE FROM webhook_endpoints AS endpoint USING old WHERE endpoint.id = old.id RETURNING 1
  )
  SELECT count(*)::int AS removed FROM removed`;

/** Removes at most `limit` endpoints that were deleted long ago and that no delivery tells of any more. */
export async function deleteOldEndpoints(database: Database, olderThanDays: number, limit: number): Promise<number> {
  const [row] = await database.query<{ removed: number }>(statement, [olderThanDays, limit]);
  return row!.removed;
}
