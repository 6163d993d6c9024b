import type { Database } from '@hookshop/persistence';
import type { ListReceiptsQuery } from './list-receipts-query.js';
import { receiptColumns, toReceiptView, type ReceiptRow, type ReceiptView } from './receipt-view.js';

/**
 * Newest first (ids are time-ordered). The status stands in the text: so the planner sees which index leaves out what
 * is not asked for.
 */
const statement = ({ source, status, webhookId }: ListReceiptsQuery): string => `
  SELECT ${receiptColumns} FROM inbound_webhooks
  WHERE ($1::uuid IS NULL OR id < $1)
    ${status === undefined ? '' : `AND status = '${status}'`}
    AND ${source === undefined ? '$2::text IS NULL' : 'source = $2::text'}
    AND ${webhookId === undefined ? '$3::text IS NULL' : 'webhook_id = $3::text'}
  ORDER BY id DESC LIMIT $4`;

/** A page of receipts and one more, which tells whether there is a next page. */
export async function selectReceipts(database: Database, query: ListReceiptsQuery): Promise<ReceiptView[]> {
  const { cursor, source, webhookId, limit } = query;
  const values = [cursor ?? null, source ?? null, webhookId ?? null, limit + 1];
  const rows = await database.query<ReceiptRow>(statement(query), values);
  return rows.map(toReceiptView);
}
