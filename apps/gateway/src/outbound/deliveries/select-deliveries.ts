import type { Database } from '@hookshop/persistence';
import type { Tenant } from '../endpoints/tenant.js';
import {
  deliveryColumns,
  deliveryTables,
  toDeliveryView,
  type DeliveryRow,
  type DeliveryStatus,
  type DeliveryView,
} from './delivery-view.js';

export interface DeliveryFilter {
  endpointId?: string;
  status?: DeliveryStatus;
  /** `order.placed.v1` */
  type?: string;
  orderId?: string;
  /** RFC 3339; from this time on, and before that one. */
  since?: string;
  until?: string;
}

const owned = `($1::text IS NULL OR endpoint.partner_id = $1) AND ($2::uuid IS NULL OR endpoint.id = $2)`;
const wanted = `
  ($3::text IS NULL OR message.type = $3) AND ($4::timestamptz IS NULL OR delivery.created_at >= $4)
  AND ($5::timestamptz IS NULL OR delivery.created_at < $5)
  AND ($6::uuid IS NULL OR (delivery.xid, delivery.id) < (SELECT xid, id FROM webhook_deliveries WHERE id = $6))`;
const newestFirst = 'ORDER BY delivery.xid DESC, delivery.id DESC LIMIT $7';

const inFlight = `queue.claimed_epoch = lane.epoch AND lane.leased_until > now()`;
const conditions: Record<DeliveryStatus, string> = {
  pending: `NOT coalesce(${inFlight}, false)`,
  'in-flight': inFlight,
  delivered: `delivery.status = 'delivered'`,
  exhausted: `delivery.unresolved_at IS NOT NULL AND delivery.status = 'exhausted'`,
  held: `delivery.unresolved_at IS NOT NULL AND delivery.status = 'held'`,
  cancelled: `delivery.unresolved_at IS NOT NULL AND delivery.status = 'cancelled'`,
};

/** Endpoint by endpoint along its index, so that a page costs the same however many rows lie behind it. */
const ofEndpoints = (condition: string): string => `
  SELECT page.* FROM webhook_endpoints AS endpoint CROSS JOIN LATERAL (
    SELECT ${deliveryColumns}, delivery.xid FROM webhook_deliveries AS delivery ${deliveryTables}
    WHERE delivery.endpoint_id = endpoint.id AND ${condition} AND ${wanted}
    ${newestFirst}
  ) AS page
  WHERE ${owned}
  ORDER BY page.xid DESC, page.id DESC LIMIT $7`;

/** The waiting ones are few beside those that are done: from there, not from all. */
const ofQueue = (condition: string): string => `
  SELECT ${deliveryColumns} FROM webhook_queue AS queue
    JOIN webhook_endpoints AS endpoint ON endpoint.id = queue.endpoint_id
    JOIN webhook_deliveries AS delivery ON delivery.id = queue.delivery_id
    JOIN webhook_messages AS message ON message.id = queue.message_id
    LEFT JOIN webhook_lanes AS lane ON lane.endpoint_id = queue.endpoint_id
  WHERE ${owned} AND ${condition} AND ${wanted}
  ${newestFirst}`;

const ofOrder = (condition: string): string => `
  SELECT ${deliveryColumns} FROM webhook_messages AS message
    JOIN webhook_deliveries AS delivery ON delivery.message_id = message.id
    JOIN webhook_endpoints AS endpoint ON endpoint.id = delivery.endpoint_id
    LEFT JOIN webhook_queue AS queue ON queue.delivery_id = delivery.id
    LEFT JOIN webhook_lanes AS lane ON lane.endpoint_id = delivery.endpoint_id
  WHERE message.order_id = $8 AND ${owned} AND ${condition} AND ${wanted}
  ${newestFirst}`;

/** A page of deliveries, newest first. */
export async function selectDeliveries(
  database: Database,
  tenant: Tenant,
  { endpointId, status, type, orderId, since, until }: DeliveryFilter,
  { limit, cursor }: { limit: number; cursor?: string },
): Promise<DeliveryView[]> {
  const waits = status === 'pending' || status === 'in-flight';
  const condition =
    status === undefined
      ? 'true'
      : waits
        ? `delivery.status = 'pending' AND ${conditions[status]}`
        : conditions[status];
  const source = orderId !== undefined ? ofOrder : waits ? ofQueue : ofEndpoints;
  const values = [tenant, endpointId ?? null, type ?? null, since ?? null, until ?? null, cursor ?? null, limit];
  const rows = await database.query<DeliveryRow & { xid?: string }>(
    source(condition),
    orderId === undefined ? values : [...values, orderId],
  );
  return rows.map(({ xid: _place, ...row }) => toDeliveryView(row));
}
