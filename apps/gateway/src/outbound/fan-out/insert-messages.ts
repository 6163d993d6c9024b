import type { DatabaseTransaction } from '@hookshop/persistence';
import type { Format, Payload } from '../endpoints/endpoint.js';
import type { OutgoingMessage } from './bodies.js';
import { isSubscribed } from './subscribed.js';

export interface NewMessage extends OutgoingMessage {
  /** Format standard, payload full. */
  body: string;
  /** The only partner who may have it; null: every one. */
  partnerId: string | null;
  aboutEndpointId: string | null;
  superseded: boolean;
  /** W3C trace context, from which its attempts go on. */
  traceparent: string | null;
}

/** A delivery that was not there before. */
export interface NewDelivery {
  deliveryId: string;
  endpointId: string;
  messageId: string;
  format: Format;
  payload: Payload;
  /** False for an endpoint that is sent nothing now. */
  pending: boolean;
  /** Of the lane in this process's hands into which it was inserted; null: it waits to be claimed. */
  claimedEpoch: number | null;
}

const statement = `
  WITH message AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::uuid[],
                         $8::text[], $9::uuid[], $10::boolean[], $11::text[], $14::text[])
      AS message (id, type, source, subject, sequence, time, order_id, partner_id, about_endpoint_id, superseded, body,
                  traceparent)
  ), stored AS (
    INSERT INTO webhook_messages (id, type, source, subject, sequence, time, order_id, partner_id, about_endpoint_id,
                                  superseded, body, traceparent)
    SELECT * FROM message
    ON CONFLICT DO NOTHING
  ), owed AS MATERIALIZED (
    SELECT uuidv7() AS id, message.id AS message_id, message.sequence, endpoint.id AS endpoint_id, endpoint.partner_id,
           endpoint.format, endpoint.payload, endpoint.status = 'enabled' AS pending,
           CASE endpoint.ordering WHEN 'per-key' THEN message.subject END AS ordering_key,
           CASE endpoint.ordering WHEN 'none' THEN lane.epoch END AS epoch
    FROM message JOIN webhook_endpoints AS endpoint
        ON endpoint.deleted_at IS NULL AND ${isSubscribed('message', 'endpoint')}
      LEFT JOIN unnest($12::uuid[], $13::bigint[]) AS lane (endpoint_id, epoch) ON lane.endpoint_id = endpoint.id
  ), delivery AS (
    INSERT INTO webhook_deliveries (id, endpoint_id, partner_id, message_id, status, unresolved_at)
    SELECT id, endpoint_id, partner_id, message_id,
           CASE WHEN pending THEN 'pending' ELSE 'held' END, CASE WHEN NOT pending THEN now() END
    FROM owed
    ORDER BY message_id, endpoint_id
    ON CONFLICT (message_id, endpoint_id) DO NOTHING
    RETURNING id
  ), fresh AS MATERIALIZED (
    -- "IS TRUE" keeps the planner from making a join of it: it expects a handful of rows, and would compare each of
    -- thousands with each.
    SELECT * FROM owed WHERE (id IN (SELECT id FROM delivery)) IS TRUE
  ), queued AS (
    INSERT INTO webhook_queue (delivery_id, endpoint_id, message_id, ordering_key, sequence, claimed_epoch)
    SELECT id, endpoint_id, message_id, ordering_key, sequence, epoch FROM fresh WHERE pending
  )
  SELECT id AS "deliveryId", endpoint_id AS "endpointId", message_id AS "messageId", format, payload, pending,
         CASE WHEN pending THEN epoch END AS "claimedEpoch"
  FROM fresh
  ORDER BY message_id`;

/**
 * Stores messages and what is owed of them, whatever the number of endpoints, in one statement.
 *
 * @param lanes epochs of lanes in this process's hands, by endpoint: what is new for them needs no second look
 */
export const insertMessages = (
  tx: DatabaseTransaction,
  messages: readonly NewMessage[],
  lanes: ReadonlyMap<string, number>,
): Promise<NewDelivery[]> =>
  tx.query<NewDelivery>(statement, [
    messages.map(({ id }) => id),
    messages.map(({ type }) => type),
    messages.map(({ source }) => source),
    messages.map(({ subject }) => subject),
    messages.map(({ sequence }) => sequence),
    messages.map(({ time }) => time),
    messages.map(({ orderId }) => orderId),
    messages.map(({ partnerId }) => partnerId),
    messages.map(({ aboutEndpointId }) => aboutEndpointId),
    messages.map(({ superseded }) => superseded),
    messages.map(({ body }) => body),
    [...lanes.keys()],
    [...lanes.values()],
    messages.map(({ traceparent }) => traceparent),
  ]);
