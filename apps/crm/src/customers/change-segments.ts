import type { Segment } from '@hookshop/contracts';
import type { DatabaseTransaction } from '@hookshop/persistence';

/** The customers must be locked. */
export const changeSegments = (
  tx: DatabaseTransaction,
  changes: readonly { id: string; segment: Segment }[],
): Promise<unknown> =>
  tx.query(
    `UPDATE customers SET segment = change.segment, version = version + 1
     FROM unnest($1::uuid[], $2::text[]) AS change (id, segment) WHERE customers.id = change.id`,
    [changes.map(({ id }) => id), changes.map(({ segment }) => segment)],
  );
