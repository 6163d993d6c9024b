import type { Database } from '@hookshop/persistence';

export interface RenewedLane {
  endpointId: string;
  /** Of the endpoint's settings; null: it was deleted. */
  version: number | null;
  now: Date;
}

export interface HeldLane {
  endpointId: string;
  epoch: number;
}

/** Keeps lanes for longer. One that is missing from the answer is somebody else's. */
export const renewLanes = (database: Database, leaseMs: number, lanes: readonly HeldLane[]): Promise<RenewedLane[]> =>
  database.query<RenewedLane>(
    `UPDATE webhook_lanes AS lane SET leased_until = now() + $1 * interval '1 millisecond'
     FROM unnest($2::uuid[], $3::bigint[]) AS held (endpoint_id, epoch)
       LEFT JOIN webhook_endpoints AS endpoint ON endpoint.id = held.endpoint_id AND endpoint.deleted_at IS NULL
     WHERE lane.endpoint_id = held.endpoint_id AND lane.epoch = held.epoch
     RETURNING lane.endpoint_id AS "endpointId", endpoint.version, now() AS now`,
    [leaseMs, lanes.map(({ endpointId }) => endpointId), lanes.map(({ epoch }) => epoch)],
  );

/** Gives lanes back: what was claimed for them and not settled is anybody's at once. */
export const releaseLanes = (database: Database, lanes: readonly HeldLane[]): Promise<unknown> =>
  database.query(
    `UPDATE webhook_lanes AS lane SET holder = NULL, leased_until = NULL, epoch = lane.epoch + 1
     FROM unnest($1::uuid[], $2::bigint[]) AS held (endpoint_id, epoch)
     WHERE lane.endpoint_id = held.endpoint_id AND lane.epoch = held.epoch`,
    [lanes.map(({ endpointId }) => endpointId), lanes.map(({ epoch }) => epoch)],
  );
