import type { Database } from '@hookshop/persistence';
import type { Envelope } from '../jetstream/envelope.js';

/** Oldest facts that their own process should have published by now; ids are time-ordered. */
export const selectLeftBehind = (database: Database, olderThanMs: number, limit: number): Promise<Envelope[]> =>
  database.query<Envelope>(
    `SELECT id, subject, headers, payload FROM outbox
     WHERE set_aside_at IS NULL AND created_at < now() - $1 * interval '1 millisecond'
     ORDER BY id LIMIT $2`,
    [olderThanMs, limit],
  );
