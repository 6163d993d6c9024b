import { createHash } from 'node:crypto';
import type { DatabaseTransaction } from '@hookshop/persistence';
import type { EventInMessage } from '../sources/event-in.js';
import type { VerifiedWebhook } from './arrived-webhook.js';
import { lockBodies } from './lock-bodies.js';

export interface NewReceipt extends VerifiedWebhook {
  /** UUIDv7. */
  id: string;
  receivedAt: Date;
  /** What it is besides a message, where its source stands for an event. */
  event?: EventInMessage | undefined;
  /** Of the request that brought it. */
  traceparent?: string | undefined;
}

export interface StoredReceipt {
  id: string;
  status: 'received' | 'duplicate';
  /** The receipt that it repeats. */
  duplicateOf: string | null;
  replaySuspected: boolean;
}

/**
 * Stores receipts and tells which of them are new: one statement for all. Ids are taken in a sorted order, so that two
 * instances with the same ones wait for each other without a deadlock.
 *
 * @param windowHours for how long an id or a body that could come again is remembered
 */
export async function insertReceipts(
  tx: DatabaseTransaction,
  receipts: readonly NewReceipt[],
  windowHours: number,
): Promise<Map<string, StoredReceipt>> {
  const ids = new Set<string>();
  const bodies = new Set<string>();
  const rows = receipts.map((receipt) => {
    const { source, webhookId, body, event } = receipt;
    const digest = source.scheme.signsIdAndTime ? null : createHash('sha256').update(body).digest();
    return {
      ...receipt,
      digest,
      // Two that arrived together: one statement cannot take the same id twice, nor see what it has just stored.
      isFirst: firstOf(ids, `${source.name} ${webhookId}`),
      isRepeatedBody: digest !== null && !firstOf(bodies, `${source.name} ${digest.toString('base64')}`),
      fault: event && 'fault' in event ? event.fault : null,
    };
  });
  const column = <T>(read: (row: (typeof rows)[number]) => T): T[] => rows.map(read);
  const values = [
    column(({ id }) => id),
    column(({ source }) => source.name),
    column(({ webhookId }) => webhookId),
    column(({ address }) => address),
    column(({ headers }) => JSON.stringify(headers)),
    column(({ body }) => body),
    column(({ digest }) => digest),
    column(({ isFirst }) => isFirst),
    column(({ isRepeatedBody }) => isRepeatedBody),
    column(({ fault }) => fault),
    column(({ receivedAt }) => receivedAt.toISOString()),
    windowHours,
  ];
  // Sent together; the second sees what was committed while the first waited.
  const [, stored] = await Promise.all([lockBodies(tx, bodies), tx.query<StoredReceipt>(statement, values)]);
  return new Map(stored.map((receipt) => [receipt.id, receipt]));
}

function firstOf(seen: Set<string>, key: string): boolean {
  const isFirst = !seen.has(key);
  seen.add(key);
  return isFirst;
}

/**
 * An id of a scheme that signs it is never forgotten as long as its receipt is kept. One that is remembered is written
 * again as it is: only so it is returned, and with it the receipt that a duplicate repeats.
 */
const statement = `
  WITH incoming AS (
    SELECT *, digest IS NOT NULL AS forgettable FROM unnest(
      $1::uuid[], $2::text[], $3::text[], $4::text[], $5::json[], $6::bytea[], $7::bytea[], $8::boolean[],
      $9::boolean[], $10::text[], $11::timestamptz[]
    ) AS incoming (
      id, source, webhook_id, address, headers, body, digest, is_first, is_repeated_body, fault, received_at
    )
  ), taken AS (
    INSERT INTO inbound_ids AS known (source, webhook_id, receipt_id, forgotten_at)
    SELECT source, webhook_id, id, CASE WHEN forgettable THEN now() + $12 * interval '1 hour' END
    FROM incoming WHERE is_first
    ORDER BY source, webhook_id
    ON CONFLICT (source, webhook_id) DO UPDATE SET
      receipt_id = CASE WHEN known.forgotten_at <= now() THEN excluded.receipt_id ELSE known.receipt_id END,
      forgotten_at = CASE WHEN known.forgotten_at <= now() THEN excluded.forgotten_at ELSE known.forgotten_at END
    RETURNING source, webhook_id, receipt_id
  ), judged AS (
    SELECT incoming.*, taken.receipt_id, taken.receipt_id = incoming.id AS is_new
    FROM incoming JOIN taken ON taken.source = incoming.source AND taken.webhook_id = incoming.webhook_id
  )
  INSERT INTO inbound_webhooks (
    id, source, status, webhook_id, reason, duplicate_of, replay_suspected, address, headers, body, body_size,
    body_digest, received_at
  )
  SELECT id, source, CASE WHEN is_new THEN 'received' ELSE 'duplicate' END, webhook_id,
    CASE WHEN is_new THEN fault END,
    CASE WHEN NOT is_new THEN receipt_id END,
    is_new AND digest IS NOT NULL AND (is_repeated_body OR EXISTS (
      SELECT FROM inbound_webhooks AS earlier
      WHERE earlier.source = judged.source AND earlier.body_digest = judged.digest
        AND earlier.received_at > now() - $12 * interval '1 hour'
    )),
    address, headers, CASE WHEN is_new THEN body END, octet_length(body), CASE WHEN is_new THEN digest END, received_at
  FROM judged
  RETURNING id, status, duplicate_of AS "duplicateOf", replay_suspected AS "replaySuspected"`;
