import type { Database } from '@hookshop/persistence';
import { LOCK_SECONDS, placeOf, type IdempotentRequest, type StoredRequest } from './idempotent-request.js';

interface StoredRow {
  api_key_id: string;
  key: string;
  request_hash: Buffer;
  order_id: string;
  holder: string;
  answer: string | null;
  locked_for: number;
}

/**
 * Writes down several requests with different keys, or takes over those whose holder is gone. Answers what is stored
 * under each key now, in order: one statement decides, on the database's clock, however many instances ask.
 */
export async function beginRequests(
  database: Database,
  requests: readonly IdempotentRequest[],
): Promise<StoredRequest[]> {
  const rows = await database.query<StoredRow>(
    `INSERT INTO idempotency_keys AS known (api_key_id, key, request_hash, order_id, holder, locked_until)
     SELECT api_key_id, key, request_hash, order_id, holder, now() + $6 * interval '1 second'
     FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::uuid[], $5::uuid[])
       AS asked (api_key_id, key, request_hash, order_id, holder)
     ORDER BY api_key_id, key
     ON CONFLICT (api_key_id, key) DO UPDATE SET (holder, locked_until) = (
       SELECT CASE WHEN free THEN excluded.holder ELSE known.holder END,
              CASE WHEN free THEN excluded.locked_until ELSE known.locked_until END
       FROM (SELECT known.answer IS NULL AND known.locked_until <= now()
                AND known.request_hash = excluded.request_hash) AS state (free)
     )
     RETURNING api_key_id, key, request_hash, order_id, holder, answer,
               extract(epoch FROM greatest(locked_until - now(), interval '0'))::float8 AS locked_for`,
    [
      requests.map(({ apiKeyId }) => apiKeyId),
      requests.map(({ key }) => key),
      requests.map(({ hash }) => hash),
      requests.map(({ orderId }) => orderId),
      requests.map(({ holder }) => holder),
      LOCK_SECONDS,
    ],
  );
  const stored = new Map(rows.map((row) => [placeOf(row.api_key_id, row.key), row]));
  return requests.map(({ apiKeyId, key }) => {
    const row = stored.get(placeOf(apiKeyId, key))!;
    return {
      hash: row.request_hash,
      orderId: row.order_id,
      holder: row.holder,
      answer: row.answer,
      lockedForSeconds: row.locked_for,
    };
  });
}
