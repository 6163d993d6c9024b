import type { DatabaseTransaction } from '@hookshop/persistence';

/**
 * Marks events as handled by a reaction, and tells which of them are new. Ids are sorted, so that two instances with
 * the same events wait for each other instead of deadlocking.
 */
export async function insertInbox(
  tx: DatabaseTransaction,
  reaction: string,
  ids: readonly string[],
): Promise<Set<string>> {
  const rows = await tx.query<{ event_id: string }>(
    `INSERT INTO inbox (reaction, event_id)
     SELECT $1, id FROM unnest($2::uuid[]) AS id
     ON CONFLICT DO NOTHING
     RETURNING event_id`,
    [reaction, [...ids].sort()],
  );
  return new Set(rows.map(({ event_id }) => event_id));
}
