import type { Database } from '@hookshop/persistence';
import { isInFlight } from './delivery-view.js';
import { FIRST_ID, firstIdAt } from './instants.js';
import { PART, type Part, type ReplayWindow } from './replay-window.js';
import type { Place } from './select-deliveries.js';

/** A part of the endpoint's deliveries in the order of an index, and of those the ones that match. */
const matching = (unresolvedOnly: boolean): string => `
  WITH part AS (
    SELECT id, xid, message_id, status, created_at FROM webhook_deliveries
    WHERE endpoint_id = $1 AND (xid, id) > ($2::xid8, $3::uuid) AND id >= $4::uuid
      ${unresolvedOnly ? 'AND unresolved_at IS NOT NULL' : ''}
    ORDER BY xid, id LIMIT ${PART}
  ), last AS (
    SELECT part.xid::text, part.id FROM part ORDER BY part.xid, part.id OFFSET ${PART - 1}
  ), chosen AS (
    SELECT part.id, part.status FROM part
      JOIN webhook_messages AS message ON message.id = part.message_id
      LEFT JOIN webhook_queue AS queue ON queue.delivery_id = part.id
      LEFT JOIN webhook_lanes AS lane ON lane.endpoint_id = $1
    WHERE part.status = ANY($5::text[]) AND part.created_at >= $6::timestamptz AND part.created_at < $7::timestamptz
      AND ($8::text[] IS NULL OR $8 && ARRAY[message.type, split_part(message.type, '.', 1) || '.*', '*'])
      -- One in flight is on its way already.
      AND NOT ${isInFlight}
  )`;

const count = (unresolvedOnly: boolean): string => `
  ${matching(unresolvedOnly)}
  SELECT (SELECT count(*)::int FROM chosen) AS matched, last.xid, last.id
  FROM (VALUES (1)) AS one LEFT JOIN last ON true`;

/** Locked in one order, for replays at the same time; what was delivered since it was chosen stays as it is. */
const reopen = (unresolvedOnly: boolean): string => `
  ${matching(unresolvedOnly)}, locked AS (
    SELECT delivery.id FROM chosen JOIN webhook_deliveries AS delivery ON delivery.id = chosen.id
    WHERE delivery.status = chosen.status
    ORDER BY delivery.id
    FOR UPDATE OF delivery
  ), opened AS (
    UPDATE webhook_deliveries AS delivery SET status = 'pending', delivered_at = NULL, unresolved_at = NULL
    FROM locked WHERE delivery.id = locked.id
    RETURNING delivery.id, delivery.endpoint_id, delivery.message_id
  ), queued AS (
    INSERT INTO webhook_queue (delivery_id, endpoint_id, message_id, paced, ordering_key, sequence)
    SELECT opened.id, endpoint_id, message_id, true,
           CASE endpoint.ordering WHEN 'per-key' THEN message.subject END, message.sequence
    FROM opened JOIN webhook_endpoints AS endpoint ON endpoint.id = endpoint_id
      JOIN webhook_messages AS message ON message.id = message_id
    ORDER BY opened.id
    ON CONFLICT (delivery_id) DO UPDATE
    SET due_at = now(), tries = 0, paced = true, ordering_key = excluded.ordering_key
  )
  SELECT (SELECT count(*)::int FROM opened) AS matched, last.xid, last.id
  FROM (VALUES (1)) AS one LEFT JOIN last ON true`;

interface Row {
  matched: number;
  xid: string | null;
  id: string | null;
}

const isUnresolved = (status: string): boolean => ['held', 'exhausted', 'cancelled'].includes(status);

const step =
  (statement: (unresolvedOnly: boolean) => string) =>
  async (
    database: Pick<Database, 'query'>,
    endpointId: string,
    { since, until, types }: ReplayWindow,
    statuses: readonly string[],
    from: Place = { xid: '0', id: FIRST_ID },
  ): Promise<Part<Place>> => {
    const values = [endpointId, from.xid, from.id, firstIdAt(since), statuses, since, until, types];
    const [row] = await database.query<Row>(statement(statuses.every(isUnresolved)), values);
    const { matched, xid, id } = row!;
    return xid === null || id === null ? { matched } : { matched, next: { xid, id } };
  };

/** Counts what `reopenDeliveries` would open. */
export const countReopened = step(count);

/** Opens what matches again, with the full schedule of retries, to go out at the pace of a backlog. */
export const reopenDeliveries = step(reopen);
