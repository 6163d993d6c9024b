import type { Database } from '@hookshop/persistence';

/**
 * Removes acknowledged facts. Not waited for on disk: a removal lost in a crash only publishes the fact again, and the
 * broker's window or the inboxes drop the copy.
 */
export const deletePublished = (database: Database, ids: readonly string[]): Promise<unknown> =>
  database.query(
    `WITH relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
     DELETE FROM outbox USING relaxed WHERE id = ANY($1::uuid[])`,
    [ids],
  );
