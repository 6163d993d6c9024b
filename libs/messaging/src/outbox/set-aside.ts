import type { Database } from '@hookshop/persistence';

/** Takes a fact that can never be published out of the way of the others, keeping it and the reason. */
export const setAside = (database: Database, id: string, reason: string): Promise<unknown> =>
  database.query(`UPDATE outbox SET set_aside_at = now(), failure = $2 WHERE id = $1`, [id, reason]);
