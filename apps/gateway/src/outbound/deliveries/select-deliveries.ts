import type { Database } from '@hookshop/persistence';
import type { Tenant } from '../endpoints/tenant.js';
import {
  deliveryColumns,
  deliveryTables,
  isInFlight,
  toDeliveryView,
  type DeliveryRow,
  type DeliveryStatus,
  type DeliveryView,
} from './delivery-view.js';
import { FIRST_ID, firstIdAt, instant } from './instants.js';

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

/** A delivery's place in the order of lists and polls. */
export interface Place {
  xid: string;
  id: string;
}

const AFTER_EVERYTHING: Place = { xid: '18446744073709551615', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

const owned = `($1::text IS NULL OR endpoint.partner_id = $1) AND ($2::uuid IS NULL OR endpoint.id = $2)`;
// The place and the least id are never left out: both are found in the index, which an OR would prevent.
const wanted = `
  (delivery.xid, delivery.id) < ($6::xid8, $7::uuid) AND delivery.id >= $8::uuid
  AND ($3::text IS NULL OR message.type = $3) AND ($4::timestamptz IS NULL OR delivery.created_at >= $4)
  AND ($5::timestamptz IS NULL OR delivery.created_at < $5)`;
const newestFirst = 'ORDER BY delivery.xid DESC, delivery.id DESC LIMIT $9';

const conditions: Record<DeliveryStatus, string> = {
  pending: `delivery.status = 'pending' AND NOT ${isInFlight}`,
  'in-flight': `delivery.status = 'pending' AND ${isInFlight}`,
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
  ORDER BY page.xid DESC, page.id DESC LIMIT $9`;

/**
 * The waiting ones are few beside those that are done: from there, not from all, and one by one. Merging both in the
 * order of their ids looks cheaper than it is: it reads all that are done.
 */
const ofQueue = (condition: string): string => `
  SELECT ${deliveryColumns} FROM webhook_queue AS queue
    JOIN webhook_endpoints AS endpoint ON endpoint.id = queue.endpoint_id
    CROSS JOIN LATERAL (SELECT * FROM webhook_deliveries WHERE id = queue.delivery_id OFFSET 0) AS delivery
    JOIN webhook_messages AS message ON message.id = queue.message_id
    LEFT JOIN webhook_lanes AS lane ON lane.endpoint_id = queue.endpoint_id
  WHERE ${owned} AND ${condition} AND ${wanted}
  ${newestFirst}`;

/** Where so many wait, the newest ones do, and going along the endpoints meets them sooner. */
const LONG_BACKLOG = 5_000;
const hasLongBacklog = `
  SELECT count(*) = ${LONG_BACKLOG} AS long FROM (
    SELECT FROM webhook_queue AS queue JOIN webhook_endpoints AS endpoint ON endpoint.id = queue.endpoint_id
    WHERE ${owned} LIMIT ${LONG_BACKLOG}
  ) AS waiting`;

const ofOrder = (condition: string): string => `
  SELECT ${deliveryColumns} FROM webhook_messages AS message
    JOIN webhook_deliveries AS delivery ON delivery.message_id = message.id
    JOIN webhook_endpoints AS endpoint ON endpoint.id = delivery.endpoint_id
    LEFT JOIN webhook_queue AS queue ON queue.delivery_id = delivery.id
    LEFT JOIN webhook_lanes AS lane ON lane.endpoint_id = delivery.endpoint_id
  WHERE message.order_id = $10 AND ${owned} AND ${condition} AND ${wanted}
  ${newestFirst}`;

/**
 * A page of deliveries, newest first.
 *
 * @param before the last delivery of the page before
 */
export async function selectDeliveries(
  database: Database,
  tenant: Tenant,
  { endpointId, status, type, orderId, since, until }: DeliveryFilter,
  { limit, before = AFTER_EVERYTHING }: { limit: number; before?: Place },
): Promise<DeliveryView[]> {
  const source =
    orderId !== undefined
      ? ofOrder
      : status === 'in-flight' || (status === 'pending' && !(await backlogIsLong(database, tenant, endpointId)))
        ? ofQueue
        : ofEndpoints;
  const values = [
    tenant,
    endpointId ?? null,
    type ?? null,
    since === undefined ? null : instant(since),
    until === undefined ? null : instant(until),
    before.xid,
    before.id,
    since === undefined ? FIRST_ID : firstIdAt(since),
    limit,
  ];
  const rows = await database.query<DeliveryRow & { xid?: string }>(
    source(status === undefined ? 'true' : conditions[status]),
    orderId === undefined ? values : [...values, orderId],
  );
  return rows.map(({ xid: _xid, ...row }) => toDeliveryView(row));
}

async function backlogIsLong(database: Database, tenant: Tenant, endpointId?: string): Promise<boolean> {
  const [row] = await database.query<{ long: boolean }>(hasLongBacklog, [tenant, endpointId ?? null]);
  return row!.long;
}
