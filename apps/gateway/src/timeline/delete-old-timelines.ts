import type { Database } from '@hookshop/persistence';

/**
 * An order that is still on its way keeps its timeline however old it is, and so does one that was cancelled after it
 * was paid for, until its money went back.
 */
const statement = `
  WITH ended AS (
    SELECT order_id FROM timeline AS ending
    WHERE type IN ('order.delivered.v1', 'order.cancelled.v1') AND time < now() - $1 * interval '1 day'
      AND NOT EXISTS (
        SELECT FROM timeline AS later
        WHERE later.order_id = ending.order_id AND later.time >= now() - $1 * interval '1 day'
      )
      AND (
        type = 'order.delivered.v1'
        OR NOT EXISTS (SELECT FROM timeline WHERE order_id = ending.order_id AND type = 'payment.captured.v1')
        OR EXISTS (SELECT FROM timeline WHERE order_id = ending.order_id AND type = 'payment.refunded.v1')
      )
    ORDER BY time LIMIT $2 FOR UPDATE SKIP LOCKED
  ), removed AS (
    DELETE FROM timeline USING ended WHERE timeline.order_id = ended.order_id
  )
  SELECT count(*)::int AS ended FROM ended`;

/** Removes the timelines of at most `limit` orders about which nothing was said for so long since they ended. */
export async function deleteOldTimelines(database: Database, olderThanDays: number, limit: number): Promise<number> {
  const [row] = await database.query<{ ended: number }>(statement, [olderThanDays, limit]);
  return row!.ended;
}
