import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { Endpoints } from './endpoints.js';
import type { Tenant } from './tenant.js';

/** How an endpoint fared in the last 24 hours, by whole hours, and what waits for it now. */
export interface EndpointStats {
  endpointId: string;
  since: string;
  attempts: { delivered: number; failed: number };
  /** Deliveries whose every attempt failed. */
  exhausted: number;
  meanDurationMs: number | null;
  maxDurationMs: number | null;
  backlog: { pending: number; inFlight: number; oldestAgeSeconds: number | null };
  /** 10,001 stands for more than 10,000. */
  held: number;
}

interface StatsRow {
  since: Date;
  delivered: number;
  failed: number;
  exhausted: number;
  total_ms: number;
  max_ms: number | null;
  pending: number;
  in_flight: number;
  age: number | null;
  held: number;
}

const statement = `
  SELECT period.since, attempt.*, backlog.*, held.*
  FROM (SELECT date_trunc('hour', now()) - interval '23 hours' AS since) AS period
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(delivered), 0)::int AS delivered, coalesce(sum(failed), 0)::int AS failed,
             coalesce(sum(exhausted), 0)::int AS exhausted, coalesce(sum(total_ms), 0)::float AS total_ms,
             max(max_ms)::float AS max_ms
      FROM webhook_stats WHERE endpoint_id = $1 AND hour >= period.since
    ) AS attempt
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE NOT taken)::int AS pending, count(*) FILTER (WHERE taken)::int AS in_flight,
             extract(epoch FROM now() - min(due_at) FILTER (WHERE due_at <= now()))::float AS age
      FROM (
        SELECT due_at, coalesce(claimed_epoch = lane.epoch AND leased_until > now(), false) AS taken
        FROM webhook_queue AS queue JOIN webhook_lanes AS lane ON lane.endpoint_id = queue.endpoint_id
        WHERE queue.endpoint_id = $1
      ) AS waiting
    ) AS backlog
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS held FROM (
        SELECT FROM webhook_deliveries
        WHERE endpoint_id = $1 AND unresolved_at IS NOT NULL AND status = 'held' LIMIT 10001
      ) AS counted
    ) AS held`;

@Injectable()
export class ShowStats {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly database: Database,
  ) {}

  async of(tenant: Tenant, endpointId: string): Promise<EndpointStats> {
    await this.endpoints.show(tenant, endpointId);
    const row = (await this.database.query<StatsRow>(statement, [endpointId]))[0]!;
    const attempts = row.delivered + row.failed;
    return {
      endpointId,
      since: row.since.toISOString(),
      attempts: { delivered: row.delivered, failed: row.failed },
      exhausted: row.exhausted,
      meanDurationMs: attempts === 0 ? null : Math.round((row.total_ms / attempts) * 10) / 10,
      maxDurationMs: row.max_ms === null ? null : Math.round(row.max_ms * 10) / 10,
      backlog: {
        pending: row.pending,
        inFlight: row.in_flight,
        oldestAgeSeconds: row.age === null ? null : Math.round(row.age),
      },
      held: row.held,
    };
  }
}
