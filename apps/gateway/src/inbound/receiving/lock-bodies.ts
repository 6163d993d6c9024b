import type { DatabaseTransaction } from '@hookshop/persistence';

/** In a sorted order, so that two instances with the same ones wait for each other without a deadlock. */
const statement = `
  SELECT pg_advisory_xact_lock(hashtextextended('inbound body ' || body, 0)) FROM unnest($1::text[]) AS body`;

/**
 * Keeps other instances from storing the same bodies until this transaction ends: otherwise neither would see that the
 * other has it as well.
 *
 * @param bodies tell bodies apart, source by source
 */
export async function lockBodies(tx: DatabaseTransaction, bodies: ReadonlySet<string>): Promise<void> {
  if (bodies.size > 0) await tx.query(statement, [[...bodies].sort()]);
}
