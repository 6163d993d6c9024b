import { Problem } from '@hookshop/http';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { DispatchSignals } from '../dispatch-signals.js';
import type { Tenant } from '../endpoints/tenant.js';
import { Deliveries, type WholeDeliveryView } from './deliveries.js';
import { isInFlight } from './delivery-view.js';

interface State {
  endpointId: string;
  endpointStatus: string;
  deleted: boolean;
  inFlight: boolean;
}

const lock = `
  SELECT endpoint_id AS "endpointId" FROM webhook_deliveries
  WHERE id = $1 AND ($2::text IS NULL OR partner_id = $2) FOR UPDATE`;

/** Whoever disables the endpoint waits, and then holds what is opened here. */
const state = `
  SELECT endpoint.id AS "endpointId", endpoint.status AS "endpointStatus", endpoint.deleted_at IS NOT NULL AS deleted,
         ${isInFlight} AS "inFlight"
  FROM webhook_endpoints AS endpoint
    LEFT JOIN webhook_lanes AS lane ON lane.endpoint_id = endpoint.id
    LEFT JOIN webhook_queue AS queue ON queue.delivery_id = $1
  WHERE endpoint.id = $2
  FOR SHARE OF endpoint`;

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
  ON CONFLICT (delivery_id) DO UPDATE
  SET due_at = now(), tries = 0, paced = false, ordering_key = excluded.ordering_key`;

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
      const [delivery] = await tx.query<{ endpointId: string }>(lock, [id, tenant]);
      if (!delivery) throw new Problem(404, 'There is no such webhook delivery.');
      const [found] = await tx.query<State>(state, [id, delivery.endpointId]);
      if (found!.deleted) {
        throw new Problem(409, 'The endpoint of this delivery was deleted. Register one and replay what it missed.');
      }
      if (found!.endpointStatus !== 'enabled') throw notEnabled(found!.endpointStatus);
      if (!found!.inFlight) await tx.query(reopen, [id]);
      return found!;
    });
    if (!inFlight) this.signals.ring({ due: [endpointId] });
    return this.deliveries.show(tenant, id);
  }
}

/** What to do before anything can be sent to an endpoint. */
export const notEnabled = (status: string): Problem =>
  new Problem(
    409,
    `The endpoint is ${status}, so nothing is sent to it. ` +
      (status === 'unverified' ? 'Verify it first: POST …/verify.' : 'Enable it first: POST …/enable.'),
  );
