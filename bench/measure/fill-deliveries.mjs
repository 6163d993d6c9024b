/** Rows as fan-out writes them: messages, each owed to one endpoint, due now. */
export const fillDue = (client, { endpointId, partnerId, count, body }) =>
  client.query(
    `WITH message AS (
       INSERT INTO webhook_messages (id, type, source, subject, sequence, time, superseded, body)
       SELECT uuidv7(), 'order.placed.v1', '/bench', gen_random_uuid()::text, 1, now()::text, false, $4
       FROM generate_series(1, $3::integer) RETURNING id
     ), delivery AS (
       INSERT INTO webhook_deliveries (id, endpoint_id, partner_id, message_id, status)
       SELECT uuidv7(), $1, $2, id, 'pending' FROM message RETURNING id, message_id
     )
     INSERT INTO webhook_queue (delivery_id, endpoint_id, message_id, sequence) SELECT id, $1, message_id, 1 FROM delivery`,
    [endpointId, partnerId, count, body],
  );

/** History: deliveries that are done, with their attempts, in parts so that no statement is long. */
export async function fillDone(client, { endpointId, partnerId, count, body }) {
  const part = 50_000;
  for (let done = 0; done < count; done += part) {
    await client.query(
      `WITH message AS (
         INSERT INTO webhook_messages (id, type, source, subject, sequence, time, superseded, body)
         SELECT uuidv7(), 'order.placed.v1', '/bench', gen_random_uuid()::text, 1, now()::text, false, $4
         FROM generate_series(1, $3::integer) RETURNING id
       ), delivery AS (
         INSERT INTO webhook_deliveries (id, endpoint_id, partner_id, message_id, status, attempts, delivered_at)
         SELECT uuidv7(), $1, $2, id, 'delivered', 1, now() FROM message RETURNING id
       )
       INSERT INTO webhook_attempts (delivery_id, number, started_at, total_ms, outcome, status, response_headers,
                                     response_body, truncated, next)
       SELECT id, 1, now(), 2, 'delivered', 204, '{}', '', false, 'none' FROM delivery`,
      [endpointId, partnerId, Math.min(part, count - done), body],
    );
  }
  await client.query('VACUUM (ANALYZE) webhook_messages, webhook_deliveries, webhook_attempts');
}
