import type { Database } from '@hookshop/persistence';
import type { Circuit } from '../endpoints/endpoint.js';

export interface EndpointGroup {
  status: 'enabled' | 'disabled' | 'unverified';
  /** Empty unless disabled. */
  reason: string;
  circuit: Circuit;
  endpoints: number;
}

/** All endpoints, whoever has their lanes. */
export const countEndpoints = (database: Database): Promise<EndpointGroup[]> =>
  database.query<EndpointGroup>(
    `SELECT status, coalesce(disabled_reason, '') AS reason, circuit, count(*)::int AS endpoints
     FROM webhook_endpoints AS endpoint JOIN webhook_lanes AS lane ON lane.endpoint_id = endpoint.id
     WHERE deleted_at IS NULL
     GROUP BY status, disabled_reason, circuit`,
  );

/**
 * Seconds for which the delivery has been due that is due for longest, of those that nothing keeps from going out: no
 * circuit, no pause, no pace, nothing of its key before it. What is late here is late because of the dispatchers, or
 * because an endpoint is slower than what happens.
 */
export async function longestDelay(database: Database): Promise<number> {
  const [row] = await database.query<{ seconds: number }>(
    `SELECT coalesce(extract(epoch FROM now() - min(first.due_at)), 0)::float8 AS seconds
     FROM webhook_endpoints AS endpoint JOIN webhook_lanes AS lane ON lane.endpoint_id = endpoint.id
       CROSS JOIN LATERAL (
         SELECT due_at FROM webhook_queue AS queue
         WHERE queue.endpoint_id = endpoint.id AND NOT paced AND due_at <= now() AND ordering_key IS NULL
         ORDER BY due_at LIMIT 1
       ) AS first
     WHERE deleted_at IS NULL AND status = 'enabled' AND max_per_second IS NULL AND circuit = 'closed'
       AND NOT recovering AND (paused_until IS NULL OR paused_until <= now())`,
  );
  return row!.seconds;
}
