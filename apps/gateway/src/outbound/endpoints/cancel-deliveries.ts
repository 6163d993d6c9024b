import type { Database } from '@hookshop/persistence';

const CHUNK = 5_000;

const waiting = `
  WITH taken AS (
    DELETE FROM webhook_queue WHERE delivery_id IN (SELECT delivery_id FROM webhook_queue WHERE endpoint_id = $1 LIMIT $2)
    RETURNING delivery_id
  ), cancelled AS (
    UPDATE webhook_deliveries AS delivery SET status = 'cancelled', unresolved_at = now()
    FROM taken WHERE delivery.id = taken.delivery_id AND delivery.status = 'pending'
  )
  SELECT count(*)::int AS count FROM taken`;

const held = `
  WITH cancelled AS (
    UPDATE webhook_deliveries SET status = 'cancelled'
    WHERE id IN (SELECT id FROM webhook_deliveries
                 WHERE endpoint_id = $1 AND unresolved_at IS NOT NULL AND status = 'held' LIMIT $2)
    RETURNING id
  )
  SELECT count(*)::int AS count FROM cancelled`;

/** What was owed to an endpoint that is no more will not be delivered, and says so; a part at a time. */
export async function cancelDeliveries(database: Database, endpointId: string): Promise<void> {
  for (const statement of [waiting, held]) {
    for (;;) {
      const [row] = await database.query<{ count: number }>(statement, [endpointId, CHUNK]);
      if (row!.count < CHUNK) break;
    }
  }
}
