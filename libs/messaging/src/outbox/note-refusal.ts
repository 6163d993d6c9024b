import type { Database } from '@hookshop/persistence';

/** Why the broker did not take a fact that waits all the same: it is brought again and again, and written once. */
export const noteRefusal = (database: Database, id: string, reason: string): Promise<unknown> =>
  database.query(`UPDATE outbox SET failure = $2 WHERE id = $1 AND failure IS DISTINCT FROM $2`, [id, reason]);
