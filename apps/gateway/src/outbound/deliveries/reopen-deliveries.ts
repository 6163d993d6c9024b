import type { Database } from '@hookshop/persistence';
import type { Window } from './backfill-missing.js';

const typesOf = (message: string, parameter: string): string => `
  (${parameter}::text[] IS NULL
    OR ${parameter} && ARRAY[${message}.type, split_part(${message}.type, '.', 1) || '.*', '*'])`;

/** One in flight is on its way already. */
const matching = `
  FROM webhook_deliveries AS delivery
    JOIN webhook_messages AS message ON message.id = delivery.message_id
    LEFT JOIN webhook_queue AS queue ON queue.delivery_id = delivery.id
    LEFT JOIN webhook_lanes AS lane ON lane.endpoint_id = delivery.endpoint_id
  WHERE delivery.endpoint_id = $1 AND delivery.created_at >= $2::timestamptz AND delivery.created_at < $3::timestamptz
    AND ${typesOf('message', '$4')} AND delivery.status = ANY($5::text[])
    AND NOT coalesce(queue.claimed_epoch = lane.epoch AND lane.leased_until > now(), false)`;

const count = `SELECT count(*)::int AS matched ${matching}`;

/** The next part of the endpoint's deliveries in the order of its index, and of those the ones that match. */
const reopen = `
  WITH part AS (
    SELECT id, xid FROM webhook_deliveries
    WHERE endpoint_id = $1 AND (xid, id) > ($6::xid8, $7::uuid) AND xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY xid, id LIMIT $8
  ), chosen AS (
    SELECT delivery.id ${matching} AND delivery.id IN (SELECT id FROM part)
  ), opened AS (
    UPDATE webhook_deliveries AS delivery SET status = 'pending', delivered_at = NULL, unresolved_at = NULL
    FROM chosen WHERE delivery.id = chosen.id
    RETURNING delivery.id, delivery.endpoint_id, delivery.message_id
  ), queued AS (
    INSERT INTO webhook_queue (delivery_id, endpoint_id, message_id, paced, ordering_key, sequence)
    SELECT opened.id, endpoint_id, message_id, true,
           CASE endpoint.ordering WHEN 'per-key' THEN message.subject END, message.sequence
    FROM opened JOIN webhook_endpoints AS endpoint ON endpoint.id = endpoint_id
      JOIN webhook_messages AS message ON message.id = message_id
    ORDER BY opened.id
    ON CONFLICT (delivery_id) DO UPDATE SET due_at = now(), tries = 0, paced = true
    RETURNING delivery_id
  )
  SELECT (SELECT count(*)::int FROM queued) AS reopened,
         (SELECT count(*)::int FROM part) AS seen, last.xid::text, last.id
  FROM (VALUES (1)) AS one LEFT JOIN (SELECT xid, id FROM part ORDER BY xid DESC, id DESC LIMIT 1) AS last ON true`;

const values = (endpointId: string, { since, until, types }: Window, statuses: readonly string[]): unknown[] => [
  endpointId,
  since,
  until,
  types,
  statuses,
];

export async function countReopened(
  database: Database,
  endpointId: string,
  window: Window,
  statuses: readonly string[],
): Promise<number> {
  const [row] = await database.query<{ matched: number }>(count, values(endpointId, window, statuses));
  return row!.matched;
}

/**
 * Opens a part of what matches again, with the full schedule of retries, to go out at the pace of a backlog.
 *
 * @returns how many, and where the next part begins; no place when there is none
 */
export async function reopenDeliveries(
  database: Database,
  endpointId: string,
  window: Window,
  {
    statuses,
    after = { xid: '0', id: '00000000-0000-0000-0000-000000000000' },
    limit,
  }: { statuses: readonly string[]; after?: { xid: string; id: string }; limit: number },
): Promise<{ reopened: number; last?: { xid: string; id: string } }> {
  const [row] = await database.query<{ reopened: number; seen: number; xid: string; id: string }>(reopen, [
    ...values(endpointId, window, statuses),
    after.xid,
    after.id,
    limit,
  ]);
  const { reopened, seen, xid, id } = row!;
  return seen < limit ? { reopened } : { reopened, last: { xid, id } };
}
