import type { Database, DatabaseTransaction } from '@hookshop/persistence';
import { isSubscribed } from '../fan-out/subscribed.js';

/** Times in RFC 3339; types as in `eventTypes`, null for all. */
export interface Window {
  since: string;
  until: string;
  types: string[] | null;
}

/** Stored events that the endpoint wants as it is now and was never owed. */
const missing = `
  FROM webhook_endpoints AS endpoint JOIN webhook_messages AS message ON ${isSubscribed('message', 'endpoint')}
  WHERE endpoint.id = $1 AND message.received_at >= $2::timestamptz AND message.received_at < $3::timestamptz
    AND ($4::text[] IS NULL OR $4 && ARRAY[message.type, split_part(message.type, '.', 1) || '.*', '*'])
    AND NOT EXISTS (SELECT FROM webhook_deliveries AS known
                    WHERE known.message_id = message.id AND known.endpoint_id = endpoint.id)`;

export async function countMissing(database: Database, endpointId: string, window: Window): Promise<number> {
  const [row] = await database.query<{ matched: number }>(`SELECT count(*)::int AS matched ${missing}`, [
    endpointId,
    window.since,
    window.until,
    window.types,
  ]);
  return row!.matched;
}

const insert = `
  WITH message AS (
    SELECT message.id, message.sequence, endpoint.id AS endpoint_id, endpoint.partner_id,
           CASE endpoint.ordering WHEN 'per-key' THEN message.subject END AS ordering_key
    ${missing}
    ORDER BY message.received_at, message.id LIMIT $5
  ), delivery AS (
    INSERT INTO webhook_deliveries (id, endpoint_id, partner_id, message_id, status)
    SELECT uuidv7(), endpoint_id, partner_id, id, 'pending' FROM message ORDER BY id
    ON CONFLICT (message_id, endpoint_id) DO NOTHING
    RETURNING id, endpoint_id, message_id
  ), queued AS (
    INSERT INTO webhook_queue (delivery_id, endpoint_id, message_id, paced, ordering_key, sequence)
    SELECT delivery.id, delivery.endpoint_id, message_id, true, ordering_key, sequence
    FROM delivery JOIN message ON message.id = delivery.message_id
  )
  SELECT message_id FROM delivery`;

/** Owes an endpoint a part of what it missed; answers the events' ids, as many as the limit when there may be more. */
export async function backfillMissing(
  tx: DatabaseTransaction,
  endpointId: string,
  window: Window,
  limit: number,
): Promise<string[]> {
  const rows = await tx.query<{ message_id: string }>(insert, [
    endpointId,
    window.since,
    window.until,
    window.types,
    limit,
  ]);
  return rows.map(({ message_id }) => message_id);
}
