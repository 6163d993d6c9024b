import type { Database } from '@hookshop/persistence';
import type { Format, Payload } from '../endpoints/endpoint.js';
import { insertBodies } from '../fan-out/insert-bodies.js';
import type { DueDelivery } from './due-delivery.js';

export interface ClaimingLane {
  endpointId: string;
  epoch: number;
  format: Format;
  payload: Payload;
  /** Most deliveries of now, and most replayed ones, to take. */
  live: number;
  paced: number;
}

interface ClaimedRow extends Omit<DueDelivery, 'body'> {
  /** Null: the endpoint's format was another one when the message was stored. */
  body: string | null;
}

/** Of deliveries that go one after another only the first of each key. */
const due = (paced: boolean, limit: string): string => `
  SELECT delivery_id, message_id FROM webhook_queue AS queue
  WHERE queue.endpoint_id = lane.endpoint_id AND ${paced ? 'paced' : 'NOT paced'} AND due_at <= now()
    AND claimed_epoch IS DISTINCT FROM lane.epoch
    AND (ordering_key IS NULL OR NOT EXISTS (
      SELECT FROM webhook_queue AS earlier
      WHERE earlier.endpoint_id = queue.endpoint_id AND earlier.ordering_key = queue.ordering_key
        AND (earlier.sequence, earlier.delivery_id) < (queue.sequence, queue.delivery_id)
    ))
  ORDER BY due_at, delivery_id
  LIMIT ${limit}`;

/**
 * OFFSET 0 has each message looked up by itself. A plan for any number of deliveries would take a tenth of the queue for
 * what is due, and read all messages once rather than few of them one by one.
 */
const statement = `
  UPDATE webhook_queue AS queue SET claimed_epoch = picked.epoch
  FROM (
    SELECT lane.epoch, lane.format, lane.payload, due.delivery_id, due.message_id
    FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::integer[], $6::integer[])
        AS lane (endpoint_id, epoch, format, payload, live, paced)
      JOIN webhook_lanes AS held ON held.endpoint_id = lane.endpoint_id AND held.epoch = lane.epoch
      CROSS JOIN LATERAL ((${due(false, 'lane.live')}) UNION ALL (${due(true, 'lane.paced')})) AS due
  ) AS picked
    CROSS JOIN LATERAL (SELECT * FROM webhook_messages WHERE id = picked.message_id OFFSET 0) AS message
    LEFT JOIN LATERAL (
      SELECT body FROM webhook_bodies AS special
      WHERE special.message_id = picked.message_id AND special.format = picked.format
        AND special.payload = picked.payload
      OFFSET 0
    ) AS special ON true
  WHERE queue.delivery_id = picked.delivery_id
  RETURNING queue.delivery_id AS "deliveryId", queue.endpoint_id AS "endpointId", queue.message_id AS "messageId",
            queue.tries, queue.paced, queue.due_at AS "dueAt", message.type, message.order_id AS "orderId",
            message.traceparent,
            CASE WHEN picked.format = 'standard' AND picked.payload = 'full' THEN message.body ELSE special.body END AS body`;

/** Takes due deliveries of several lanes into this process's hands, oldest first. */
export async function claimDeliveries(database: Database, lanes: readonly ClaimingLane[]): Promise<DueDelivery[]> {
  const rows = await database.query<ClaimedRow & { dueAt: Date }>(statement, [
    lanes.map(({ endpointId }) => endpointId),
    lanes.map(({ epoch }) => epoch),
    lanes.map(({ format }) => format),
    lanes.map(({ payload }) => payload),
    lanes.map(({ live }) => live),
    lanes.map(({ paced }) => paced),
  ]);
  rows.sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime() || (a.deliveryId < b.deliveryId ? -1 : 1));
  const without = rows.filter(({ body }) => body === null);
  if (without.length > 0) await addBodies(database, without, new Map(lanes.map((lane) => [lane.endpointId, lane])));
  return rows.flatMap(({ body, ...row }) => (body === null ? [] : [{ ...row, body }]));
}

async function addBodies(
  database: Database,
  rows: ClaimedRow[],
  lanes: ReadonlyMap<string, ClaimingLane>,
): Promise<void> {
  const wanted = rows.map(({ messageId, endpointId }) => ({ messageId, ...lanes.get(endpointId)! }));
  const written = await database.transaction(async (tx) => {
    await insertBodies(tx, wanted);
    return tx.query<{ messageId: string; format: Format; payload: Payload; body: string }>(
      `SELECT message_id AS "messageId", format, payload, body FROM webhook_bodies WHERE message_id = ANY($1::uuid[])`,
      [wanted.map(({ messageId }) => messageId)],
    );
  });
  const bodies = new Map(written.map((row) => [`${row.messageId} ${row.format} ${row.payload}`, row.body]));
  rows.forEach((row, index) => {
    const { messageId, format, payload } = wanted[index]!;
    row.body = bodies.get(`${messageId} ${format} ${payload}`) ?? null;
  });
}
