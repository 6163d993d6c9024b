import { timingSafeEqual } from 'node:crypto';
import type { Database } from '@hookshop/persistence';
import type { Role } from './caller.js';
import { lookupOf } from './key-digest.js';
import type { KnownKey } from './key-ring.js';

interface KeyRow {
  id: string;
  digest: Buffer;
  role: Role;
  partner_id: string | null;
  name: string;
}

/** Who several keys belong to, in their order; undefined for those that are nobody's. */
export async function selectKeys(database: Database, digests: readonly Buffer[]): Promise<(KnownKey | undefined)[]> {
  const rows = await database.query<KeyRow>(
    `SELECT id, digest, role, partner_id, name FROM api_keys WHERE lookup = ANY($1::bytea[]) AND revoked_at IS NULL`,
    [digests.map(lookupOf)],
  );
  return digests.map((digest) => {
    const row = rows.find((candidate) => timingSafeEqual(candidate.digest, digest));
    return (
      row && {
        digest: row.digest,
        caller: { keyId: row.id, name: row.name, role: row.role, partnerId: row.partner_id },
      }
    );
  });
}
