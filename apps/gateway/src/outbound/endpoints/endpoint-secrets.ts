import type { DatabaseTransaction, Database } from '@hookshop/persistence';
import { v7 as uuidv7 } from 'uuid';
import type { Sealing } from '../sealing/sealing.js';
import { sealedAbout } from './target.js';

/** Secrets that sign at the same time, the current one included. */
const MOST_LIVE = 5;

export async function insertSecret(
  tx: DatabaseTransaction,
  sealing: Sealing,
  endpointId: string,
  secret: string,
): Promise<void> {
  await tx.query(`INSERT INTO webhook_secrets (endpoint_id, id, sealed) VALUES ($1, $2, $3)`, [
    endpointId,
    uuidv7(),
    sealing.seal(secret, sealedAbout.secret(endpointId)),
  ]);
}

/** The former secret signs on for the overlap; the oldest ends at once when there are too many. */
export async function rotateSecret(
  tx: DatabaseTransaction,
  sealing: Sealing,
  endpointId: string,
  { secret, overlapSeconds }: { secret: string; overlapSeconds: number },
): Promise<void> {
  await tx.query(
    `UPDATE webhook_secrets SET retires_at = now() + $2 * interval '1 second'
     WHERE endpoint_id = $1 AND retires_at IS NULL`,
    [endpointId, overlapSeconds],
  );
  await tx.query(
    `DELETE FROM webhook_secrets WHERE endpoint_id = $1 AND (retires_at <= now() OR id IN
       (SELECT id FROM webhook_secrets WHERE endpoint_id = $1 ORDER BY id DESC OFFSET $2))`,
    [endpointId, MOST_LIVE - 1],
  );
  await insertSecret(tx, sealing, endpointId, secret);
}

/** The current one. */
export async function openSecret(database: Database, sealing: Sealing, endpointId: string): Promise<string> {
  const [row] = await database.query<{ sealed: Buffer }>(
    `SELECT sealed FROM webhook_secrets WHERE endpoint_id = $1 AND retires_at IS NULL`,
    [endpointId],
  );
  return sealing.open(row!.sealed, sealedAbout.secret(endpointId));
}
