import type { Database } from '@hookshop/persistence';
import { isSubscribed } from '../fan-out/subscribed.js';
import { FIRST_ID } from './instants.js';
import { PART, type Part, type ReplayWindow } from './replay-window.js';

/** A message's place in the order of arrival. */
export interface Arrival {
  receivedAt: string;
  id: string;
}

/** A part of the stored messages in the order of arrival, and of those what the endpoint wants as it is now. */
const wanted = `
  WITH part AS (
    SELECT id, received_at FROM webhook_messages
    WHERE received_at >= $2::timestamptz AND received_at < $3::timestamptz
      AND (received_at, id) > ($5::timestamptz, $6::uuid)
    ORDER BY received_at, id LIMIT ${PART}
  ), last AS (
    SELECT received_at::text AS "receivedAt", id FROM part ORDER BY received_at, id OFFSET ${PART - 1}
  ), wanted AS (
    SELECT message.id, endpoint.id AS endpoint_id, endpoint.partner_id
    FROM part JOIN webhook_messages AS message ON message.id = part.id
      JOIN webhook_endpoints AS endpoint ON endpoint.id = $1 AND ${isSubscribed('message', 'endpoint')}
    WHERE $4::text[] IS NULL OR $4 && ARRAY[message.type, split_part(message.type, '.', 1) || '.*', '*']
  )`;

/**
 * Each is looked up by its key. An anti-join would be planned by what is known of the endpoint, and of a new one that is
 * nothing: it would compare everything with everything.
 */
const count = `
  ${wanted}, missing AS (
    SELECT FROM wanted
    WHERE (SELECT id FROM webhook_deliveries AS known
           WHERE known.message_id = wanted.id AND known.endpoint_id = wanted.endpoint_id) IS NULL
  )
  SELECT (SELECT count(*)::int FROM missing) AS matched, '{}'::uuid[] AS "messageIds", last."receivedAt", last.id
  FROM (VALUES (1)) AS one LEFT JOIN last ON true`;

const insert = `
  ${wanted}, delivery AS (
    INSERT INTO webhook_deliveries (id, endpoint_id, partner_id, message_id, status)
    SELECT uuidv7(), endpoint_id, partner_id, id, 'pending' FROM wanted ORDER BY id
    ON CONFLICT (message_id, endpoint_id) DO NOTHING
    RETURNING id, endpoint_id, message_id
  ), queued AS (
    INSERT INTO webhook_queue (delivery_id, endpoint_id, message_id, paced, ordering_key, sequence)
    SELECT delivery.id, endpoint_id, message_id, true,
           CASE endpoint.ordering WHEN 'per-key' THEN message.subject END, message.sequence
    FROM delivery JOIN webhook_endpoints AS endpoint ON endpoint.id = endpoint_id
      JOIN webhook_messages AS message ON message.id = message_id
  )
  SELECT (SELECT count(*)::int FROM delivery) AS matched,
         (SELECT coalesce(array_agg(message_id), '{}') FROM delivery) AS "messageIds", last."receivedAt", last.id
  FROM (VALUES (1)) AS one LEFT JOIN last ON true`;

interface Row {
  matched: number;
  messageIds: string[];
  receivedAt: string | null;
  id: string | null;
}

const step =
  (statement: string) =>
  async (
    database: Pick<Database, 'query'>,
    endpointId: string,
    { since, until, types }: ReplayWindow,
    from: Arrival = { receivedAt: '-infinity', id: FIRST_ID },
  ): Promise<Part<Arrival> & { messageIds: string[] }> => {
    const values = [endpointId, since, until, types, from.receivedAt, from.id];
    const [row] = await database.query<Row>(statement, values);
    const { matched, messageIds, receivedAt, id } = row!;
    return { matched, messageIds, ...(receivedAt === null || id === null ? {} : { next: { receivedAt, id } }) };
  };

/** Counts what `backfillMissing` would owe. */
export const countMissing = step(count);

/** Owes an endpoint what it missed, to go out at the pace of a backlog; answers the ids of the messages. */
export const backfillMissing = step(insert);
