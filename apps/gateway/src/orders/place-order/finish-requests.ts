import type { Database } from '@hookshop/persistence';
import type { IdempotentRequest } from './idempotent-request.js';

export type Ending =
  /** Placed: this is the body of the 201. */
  | { kind: 'placed'; answer: string }
  /** Refused for good: nothing was placed, and the key may be used for a better request. */
  | { kind: 'refused' }
  /** Nobody knows: whoever tries again asks for the same order. */
  | { kind: 'open' };

export interface FinishedRequest {
  request: Pick<IdempotentRequest, 'apiKeyId' | 'key' | 'holder'>;
  ending: Ending;
}

/**
 * Writes down how several requests ended. Whoever lost its key to another attempt (it took longer than the lock) may
 * still store the answer: both asked for the same order.
 */
export async function finishRequests(database: Database, finished: readonly FinishedRequest[]): Promise<undefined[]> {
  await database.query(
    `WITH finished AS (
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[])
         AS finished (api_key_id, key, holder, kind, answer)
     ), refused AS (
       DELETE FROM idempotency_keys AS known USING finished
       WHERE finished.kind = 'refused' AND known.api_key_id = finished.api_key_id AND known.key = finished.key
         AND known.holder = finished.holder AND known.answer IS NULL
     )
     UPDATE idempotency_keys AS known
     SET answer = coalesce(known.answer, finished.answer), locked_until = '-infinity'
     FROM finished
     WHERE known.api_key_id = finished.api_key_id AND known.key = finished.key
       AND (finished.kind = 'placed' OR (finished.kind = 'open' AND known.holder = finished.holder))`,
    [
      finished.map(({ request }) => request.apiKeyId),
      finished.map(({ request }) => request.key),
      finished.map(({ request }) => request.holder),
      finished.map(({ ending }) => ending.kind),
      finished.map(({ ending }) => (ending.kind === 'placed' ? ending.answer : null)),
    ],
  );
  return finished.map(() => undefined);
}
