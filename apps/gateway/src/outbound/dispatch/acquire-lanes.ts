import type { Database } from '@hookshop/persistence';
import type { StoredHealth } from './health.js';

export interface AcquiredLane {
  endpointId: string;
  epoch: number;
  health: StoredHealth;
  now: Date;
}

interface LaneRow {
  endpoint_id: string;
  epoch: number;
  circuit: StoredHealth['circuit'];
  probe_at: Date | null;
  paused_until: Date | null;
  recovering: boolean;
  failing_since: Date | null;
  health: Partial<Pick<StoredHealth, 'window' | 'openings'>>;
  now: Date;
}

const acquire = (which: string): string => `
  UPDATE webhook_lanes AS lane
  SET holder = $1, leased_until = now() + $2 * interval '1 millisecond', epoch = lane.epoch + 1
  FROM (
    SELECT endpoint_id FROM webhook_lanes
    WHERE (leased_until IS NULL OR leased_until <= now()) AND ${which}
    FOR UPDATE SKIP LOCKED
  ) AS free
  WHERE lane.endpoint_id = free.endpoint_id
  RETURNING lane.*, now() AS now`;

const these = acquire(`endpoint_id = ANY($3::uuid[])`);

/** One look into an index a lane: their number is that of the endpoints, whatever is due to them. */
const anyDue = acquire(`
  (paused_until IS NULL OR paused_until <= now()) AND (circuit = 'closed' OR probe_at <= now())
  AND EXISTS (
    SELECT FROM webhook_endpoints AS endpoint
    WHERE endpoint.id = endpoint_id AND endpoint.status = 'enabled' AND endpoint.deleted_at IS NULL
  )
  AND (
    EXISTS (SELECT FROM webhook_queue AS queue
            WHERE queue.endpoint_id = webhook_lanes.endpoint_id AND NOT paced AND due_at <= now())
    OR EXISTS (SELECT FROM webhook_queue AS queue
               WHERE queue.endpoint_id = webhook_lanes.endpoint_id AND paced AND due_at <= now())
  )
  LIMIT $3`);

/** Takes those of the lanes that nobody holds. */
export const acquireLanes = async (
  database: Database,
  holder: string,
  leaseMs: number,
  endpointIds: readonly string[],
): Promise<AcquiredLane[]> => (await database.query<LaneRow>(these, [holder, leaseMs, endpointIds])).map(toLane);

/** Takes lanes that nobody holds and that have something to send now. */
export const acquireDueLanes = async (
  database: Database,
  holder: string,
  leaseMs: number,
  limit: number,
): Promise<AcquiredLane[]> => (await database.query<LaneRow>(anyDue, [holder, leaseMs, limit])).map(toLane);

const toLane = (row: LaneRow): AcquiredLane => ({
  endpointId: row.endpoint_id,
  epoch: row.epoch,
  health: {
    circuit: row.circuit,
    probeAt: row.probe_at?.getTime() ?? null,
    pausedUntil: row.paused_until?.getTime() ?? null,
    recovering: row.recovering,
    failingSince: row.failing_since?.getTime() ?? null,
    window: row.health.window ?? [],
    openings: row.health.openings ?? 0,
  },
  now: row.now,
});
