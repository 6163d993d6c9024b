import type { Database } from '@hookshop/persistence';
import { cancelDeliveries } from '../endpoints/cancel-deliveries.js';
import { holdDeliveries } from '../endpoints/hold-deliveries.js';

const statement = `
  SELECT id, deleted_at IS NOT NULL AS deleted FROM webhook_endpoints AS endpoint
  WHERE (status <> 'enabled' OR deleted_at IS NOT NULL)
    AND EXISTS (SELECT FROM webhook_queue AS queue WHERE queue.endpoint_id = endpoint.id)`;

/**
 * Holds or cancels what waits for an endpoint that is sent nothing: a fact may have been owed to it in the moment in
 * which it was disabled or deleted.
 */
export async function settleLeftovers(database: Database): Promise<void> {
  const endpoints = await database.query<{ id: string; deleted: boolean }>(statement);
  for (const { id, deleted } of endpoints) await (deleted ? cancelDeliveries : holdDeliveries)(database, id);
}
