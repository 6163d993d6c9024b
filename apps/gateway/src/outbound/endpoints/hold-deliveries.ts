import type { Database } from '@hookshop/persistence';

const CHUNK = 5_000;

const statement = `
  WITH waiting AS (
    SELECT delivery_id FROM webhook_queue WHERE endpoint_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED
  ), taken AS (
    DELETE FROM webhook_queue AS queue USING waiting WHERE queue.delivery_id = waiting.delivery_id
    RETURNING queue.delivery_id
  ), held AS (
    UPDATE webhook_deliveries AS delivery SET status = 'held', unresolved_at = now()
    FROM taken WHERE delivery.id = taken.delivery_id AND delivery.status = 'pending'
  )
  SELECT count(*)::int AS count FROM taken`;

/** Holds everything that waits to be sent to an endpoint, a part at a time: a long backlog is no long transaction. */
export async function holdDeliveries(database: Database, endpointId: string): Promise<void> {
  for (;;) {
    const [row] = await database.query<{ count: number }>(statement, [endpointId, CHUNK]);
    if (row!.count < CHUNK) return;
  }
}
