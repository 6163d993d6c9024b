import { Problem } from '@hookshop/http';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { DispatchSignals } from '../dispatch-signals.js';
import type { Tenant } from '../endpoints/tenant.js';
import { Deliveries, type WholeDeliveryView } from './deliveries.js';

interface Locked {
  endpointId: string;
  endpointStatus: string;
  deleted: boolean;
  inFlight: boolean;
}

const lock = `
  SELECT delivery.endpoint_id AS "endpointId", endpoint.status AS "endpointStatus",
         endpoint.deleted_at IS NOT NULL AS deleted,
         coalesce(queue.claimed_epoch = lane.epoch AND lane.leased_until > now(), false) AS "inFlight"
  FROM webhook_deliveries AS delivery
    JOIN webhook_endpoints AS endpoint ON endpoint.id = delivery.endpoint_id
    LEFT JOIN webhook_queue AS queue ON queue.delivery_id = delivery.id
    LEFT JOIN webhook_lanes AS lane ON lane.endpoint_id = delivery.endpoint_id
  WHERE delivery.id = $1 AND ($2::text IS NULL OR delivery.partner_id = $2)
  FOR UPDATE OF delivery`;

const reopen = `
  WITH opened AS (
    UPDATE webhook_deliveries SET status = 'pending', delivered_at = NULL, unresolved_at = NULL WHERE id = $1
    RETURNING id, endpoint_id, message_id
  )
  INSERT INTO webhook_queue (delivery_id, endpoint_id, message_id, ordering_key, sequence)
  SELECT opened.id, endpoint_id, message_id,
         CASE endpoint.ordering WHEN 'per-key' THEN message.subject END, message.sequence
  FROM opened JOIN webhook_endpoints AS endpoint ON endpoint.id = endpoint_id
    JOIN webhook_messages AS message ON message.id = message_id
  ON CONFLICT (delivery_id) DO UPDATE SET due_at = now(), tries = 0, paced = false`;

/** Sends one delivery again, now, with the full schedule of retries before it. */
@Injectable()
export class RetryDelivery {
  constructor(
    private readonly deliveries: Deliveries,
    private readonly database: Database,
    private readonly signals: DispatchSignals,
  ) {}

  async retry(tenant: Tenant, id: string): Promise<WholeDeliveryView> {
    const { endpointId, inFlight } = await this.database.transaction(async (tx) => {
      const [found] = await tx.query<Locked>(lock, [id, tenant]);
      if (!found) throw new Problem(404, 'There is no such webhook delivery.');
      if (found.deleted) throw new Problem(409, 'The endpoint of this delivery was deleted.');
      if (found.endpointStatus !== 'enabled') {
        throw new Problem(409, `The endpoint of this delivery is ${found.endpointStatus}; enable it first.`);
      }
      if (!found.inFlight) await tx.query(reopen, [id]);
      return found;
    });
    if (!inFlight) this.signals.ring({ due: [endpointId] });
    return this.deliveries.show(tenant, id);
  }
}
