import type { Database } from '@hookshop/persistence';
import { ed25519Signer, hmacSigner, type Signer } from '@hookshop/webhooks';
import type { Sealing } from '../sealing/sealing.js';
import type { Endpoint } from './endpoint.js';

/** All that is needed to send to an endpoint, its secrets opened. Never logged, never stored. */
export interface Target extends Pick<
  Endpoint,
  | 'id'
  | 'partnerId'
  | 'format'
  | 'payload'
  | 'ordering'
  | 'timeoutSeconds'
  | 'retryScheduleSeconds'
  | 'maxPerSecond'
  | 'maxInFlight'
  | 'status'
  | 'version'
> {
  url: URL;
  /** The endpoint's own. */
  headers: Record<string, string>;
  /** The current secret first, then those that are being rotated out, then the key of `v1a`. */
  signers: Signer[];
  /** When the first of the signers retires, on the database's clock; null: none does. */
  signersUntil: Date | null;
}

/** What is sealed, and what about: an endpoint's secret opens only as that endpoint's secret. */
export const sealedAbout = {
  secret: (endpointId: string): string => `secret:${endpointId}`,
  headers: (endpointId: string): string => `headers:${endpointId}`,
  privateKey: (endpointId: string): string => `private-key:${endpointId}`,
};

interface TargetRow extends Omit<Target, 'url' | 'headers' | 'signers'> {
  url: string;
  sealedHeaders: Buffer;
  sealedPrivateKey: Buffer | null;
  signatures: string[];
  sealedSecrets: Buffer[] | null;
}

const statement = `
  SELECT endpoint.id, partner_id AS "partnerId", url, format, payload, ordering, signatures,
         timeout_seconds AS "timeoutSeconds", retry_schedule_seconds AS "retryScheduleSeconds",
         max_per_second AS "maxPerSecond", max_in_flight AS "maxInFlight", status, version,
         sealed_headers AS "sealedHeaders", sealed_private_key AS "sealedPrivateKey",
         live.secrets AS "sealedSecrets", live.until AS "signersUntil"
  FROM webhook_endpoints AS endpoint
    LEFT JOIN LATERAL (
      SELECT array_agg(sealed ORDER BY retires_at DESC NULLS FIRST) AS secrets, min(retires_at) AS until
      FROM webhook_secrets AS secret
      WHERE secret.endpoint_id = endpoint.id AND (retires_at IS NULL OR retires_at > now())
    ) AS live ON true
  WHERE endpoint.id = ANY($1::uuid[]) AND deleted_at IS NULL`;

/** What is needed to send to these endpoints, in one query; deleted ones are missing. */
export async function loadTargets(
  database: Database,
  sealing: Sealing,
  ids: readonly string[],
): Promise<Map<string, Target>> {
  const rows = await database.query<TargetRow>(statement, [ids]);
  return new Map(rows.map((row) => [row.id, openTarget(row, sealing)]));
}

function openTarget(row: TargetRow, sealing: Sealing): Target {
  const { url, sealedHeaders, sealedPrivateKey, signatures, sealedSecrets, ...target } = row;
  const signers = (sealedSecrets ?? []).map((sealed) => hmacSigner(sealing.open(sealed, sealedAbout.secret(row.id))));
  if (signatures.includes('v1a') && sealedPrivateKey !== null) {
    signers.push(ed25519Signer(sealing.open(sealedPrivateKey, sealedAbout.privateKey(row.id))));
  }
  const headers = JSON.parse(sealing.open(sealedHeaders, sealedAbout.headers(row.id))) as Record<string, string>;
  return { ...target, url: new URL(url), headers, signers };
}
