import type { Database } from '@hookshop/persistence';
import type { Format, Payload } from '../endpoints/endpoint.js';
import { bodyOf, isStoredBody, type OutgoingMessage } from '../fan-out/bodies.js';

interface Row extends Omit<OutgoingMessage, 'data'> {
  body: string;
  special: string | null;
  format: Format;
  payload: Payload;
}

/** The text that a delivery is sent with. It is made here when its endpoint asks for another format by now. */
export async function selectRequestBody(database: Database, deliveryId: string): Promise<string> {
  const [row] = await database.query<Row>(
    `SELECT message.id, message.type, message.source, message.subject, message.sequence, message.time,
            message.order_id AS "orderId", message.body, special.body AS special, endpoint.format, endpoint.payload
     FROM webhook_deliveries AS delivery
       JOIN webhook_messages AS message ON message.id = delivery.message_id
       JOIN webhook_endpoints AS endpoint ON endpoint.id = delivery.endpoint_id
       LEFT JOIN webhook_bodies AS special ON special.message_id = delivery.message_id
         AND special.format = endpoint.format AND special.payload = endpoint.payload
     WHERE delivery.id = $1`,
    [deliveryId],
  );
  const { body, special, format, payload, ...message } = row!;
  if (isStoredBody(format, payload)) return body;
  return special ?? bodyOf(format, payload, { ...message, data: (JSON.parse(body) as { data: unknown }).data });
}
