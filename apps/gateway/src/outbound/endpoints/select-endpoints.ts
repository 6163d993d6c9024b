import type { DatabaseTransaction, Database } from '@hookshop/persistence';
import type { Sealing } from '../sealing/sealing.js';
import type { Circuit, Endpoint } from './endpoint.js';
import { sealedAbout } from './target.js';
import type { Tenant } from './tenant.js';

type Shown =
  | 'id'
  | 'partnerId'
  | 'url'
  | 'description'
  | 'eventTypes'
  | 'filter'
  | 'format'
  | 'payload'
  | 'ordering'
  | 'signatures'
  | 'timeoutSeconds'
  | 'retryScheduleSeconds'
  | 'maxPerSecond'
  | 'maxInFlight'
  | 'status'
  | 'disabledReason'
  | 'publicKey';

/** An endpoint as its owner sees it; without its secrets. */
export interface EndpointView extends Pick<Endpoint, Shown> {
  headers: Record<string, string>;
  circuit: Circuit;
  /** Until when it is sent nothing, since it asked for it with Retry-After. */
  pausedUntil: string | null;
  createdAt: string;
  updatedAt: string;
}

interface EndpointRow extends Omit<EndpointView, 'headers' | 'pausedUntil' | 'createdAt' | 'updatedAt'> {
  sealedHeaders: Buffer;
  pausedUntil: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

const select = `
  SELECT endpoint.id, partner_id AS "partnerId", url, description, event_types AS "eventTypes", filter, format, payload,
         ordering, signatures, timeout_seconds AS "timeoutSeconds", retry_schedule_seconds AS "retryScheduleSeconds",
         max_per_second AS "maxPerSecond", max_in_flight AS "maxInFlight", status, disabled_reason AS "disabledReason",
         public_key AS "publicKey", created_at AS "createdAt", updated_at AS "updatedAt",
         sealed_headers AS "sealedHeaders", circuit,
         CASE WHEN paused_until > now() THEN paused_until END AS "pausedUntil"
  FROM webhook_endpoints AS endpoint JOIN webhook_lanes AS lane ON lane.endpoint_id = endpoint.id
  WHERE deleted_at IS NULL AND ($1::text IS NULL OR partner_id = $1)`;

/** Newest first. */
export async function selectEndpoints(
  database: Database,
  sealing: Sealing,
  tenant: Tenant,
  { limit, cursor }: { limit: number; cursor?: string },
): Promise<EndpointView[]> {
  const rows = await database.query<EndpointRow>(
    `${select} AND ($2::uuid IS NULL OR endpoint.id < $2) ORDER BY endpoint.id DESC LIMIT $3`,
    [tenant, cursor ?? null, limit],
  );
  return rows.map((row) => toView(row, sealing));
}

/** Undefined: there is none, or it is somebody else's. */
export async function selectEndpoint(
  database: Pick<Database | DatabaseTransaction, 'query'>,
  sealing: Sealing,
  tenant: Tenant,
  id: string,
): Promise<EndpointView | undefined> {
  const [row] = await database.query<EndpointRow>(`${select} AND endpoint.id = $2`, [tenant, id]);
  return row && toView(row, sealing);
}

function toView(row: EndpointRow, sealing: Sealing): EndpointView {
  const { sealedHeaders, pausedUntil, createdAt, updatedAt, ...shown } = row;
  return {
    ...shown,
    headers: JSON.parse(sealing.open(sealedHeaders, sealedAbout.headers(row.id))) as Record<string, string>,
    pausedUntil: pausedUntil?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
