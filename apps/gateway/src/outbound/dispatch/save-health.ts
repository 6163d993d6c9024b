import type { DatabaseTransaction } from '@hookshop/persistence';
import type { Circuit } from '../endpoints/endpoint.js';
import type { StoredHealth } from './health.js';

export interface LaneHealth {
  endpointId: string;
  epoch: number;
  health: StoredHealth;
}

/** Keeps what the holders of lanes know of their endpoints. Answers the circuits as they were before. */
export async function saveHealth(tx: DatabaseTransaction, lanes: readonly LaneHealth[]): Promise<Map<string, Circuit>> {
  const time = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));
  const rows = await tx.query<{ endpoint_id: string; was: Circuit }>(
    `UPDATE webhook_lanes AS lane SET
       circuit = known.circuit, probe_at = known.probe_at, paused_until = known.paused_until,
       recovering = known.recovering, failing_since = known.failing_since, health = known.health
     FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::boolean[],
                 $7::timestamptz[], $8::jsonb[])
       AS known (endpoint_id, epoch, circuit, probe_at, paused_until, recovering, failing_since, health)
     WHERE lane.endpoint_id = known.endpoint_id AND lane.epoch = known.epoch
     RETURNING lane.endpoint_id, old.circuit AS was`,
    [
      lanes.map(({ endpointId }) => endpointId),
      lanes.map(({ epoch }) => epoch),
      lanes.map(({ health }) => health.circuit),
      lanes.map(({ health }) => time(health.probeAt)),
      lanes.map(({ health }) => time(health.pausedUntil)),
      lanes.map(({ health }) => health.recovering),
      lanes.map(({ health }) => time(health.failingSince)),
      lanes.map(({ health: { window, openings } }) => JSON.stringify({ window, openings })),
    ],
  );
  return new Map(rows.map(({ endpoint_id, was }) => [endpoint_id, was]));
}
