import type { DatabaseTransaction } from '@hookshop/persistence';
import type { Envelope } from '../jetstream/envelope.js';

/** Columns of several envelopes, for unnest. */
export const insertOutbox = (tx: DatabaseTransaction, envelopes: readonly Envelope[]): Promise<unknown> =>
  tx.query(
    `INSERT INTO outbox (id, subject, headers, payload)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::json[], $4::text[])`,
    [
      envelopes.map(({ id }) => id),
      envelopes.map(({ subject }) => subject),
      envelopes.map(({ headers }) => JSON.stringify(headers)),
      envelopes.map(({ payload }) => payload),
    ],
  );
