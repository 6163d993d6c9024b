import type { Database } from '@hookshop/persistence';
import type { ArrivedWebhook } from '../receiving/arrived-webhook.js';

export interface Rejection extends ArrivedWebhook {
  /** UUIDv7. */
  id: string;
  reason: string;
}

/** Enough to see what it was. */
const KEPT_BYTES = 16 * 1024;

export const insertRejections = (database: Database, rejections: readonly Rejection[]): Promise<unknown> => {
  const column = <T>(read: (rejection: Rejection) => T): T[] => rejections.map(read);
  return database.query(statement, [
    column(({ id }) => id),
    column(({ source }) => source.name),
    column(({ reason }) => reason),
    column(({ address }) => address),
    column(({ headers }) => JSON.stringify(headers)),
    column(({ body }) => body.subarray(0, KEPT_BYTES)),
    column(({ body }) => body.length),
  ]);
};

const statement = `
  INSERT INTO inbound_webhooks (id, source, status, reason, address, headers, body, body_size)
  SELECT id, source, 'rejected', reason, address, headers, body, body_size FROM unnest(
    $1::uuid[], $2::text[], $3::text[], $4::text[], $5::json[], $6::bytea[], $7::integer[]
  ) AS rejection (id, source, reason, address, headers, body, body_size)`;
