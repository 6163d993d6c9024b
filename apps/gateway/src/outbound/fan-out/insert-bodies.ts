import type { DatabaseTransaction } from '@hookshop/persistence';
import type { Format, Payload } from '../endpoints/endpoint.js';
import { bodyOf, isStoredBody, type OutgoingMessage } from './bodies.js';

export interface WantedBody {
  messageId: string;
  format: Format;
  payload: Payload;
}

interface StoredMessage extends Omit<OutgoingMessage, 'data'> {
  body: string;
}

/** Writes the bodies that these messages lack, from the messages as they are stored. Those that are there stay. */
export async function insertBodies(tx: DatabaseTransaction, wanted: readonly WantedBody[]): Promise<void> {
  const special = wanted.filter(({ format, payload }) => !isStoredBody(format, payload));
  if (special.length === 0) return;
  const rows = await tx.query<StoredMessage>(
    `SELECT id, type, source, subject, sequence, time, order_id AS "orderId", body
     FROM webhook_messages WHERE id = ANY($1::uuid[])`,
    [[...new Set(special.map(({ messageId }) => messageId))]],
  );
  const messages = new Map(rows.map((row) => [row.id, row]));
  const bodies = special.flatMap(({ messageId, format, payload }) => {
    const message = messages.get(messageId);
    if (message === undefined) return [];
    const { data } = JSON.parse(message.body) as { data: unknown };
    return [{ messageId, format, payload, body: bodyOf(format, payload, { ...message, data }) }];
  });
  await tx.query(
    `INSERT INTO webhook_bodies (message_id, format, payload, body)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
     ON CONFLICT DO NOTHING`,
    [
      bodies.map(({ messageId }) => messageId),
      bodies.map(({ format }) => format),
      bodies.map(({ payload }) => payload),
      bodies.map(({ body }) => body),
    ],
  );
}
