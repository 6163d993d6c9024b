import type { Page } from '@hookshop/contracts';
import { Problem } from '@hookshop/http';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import type { KeptHeaders } from '../receiving/kept-headers.js';
import { bodyAsText } from './body-as-text.js';
import type { ListReceiptsQuery } from './list-receipts-query.js';
import { receiptColumns, toReceiptView, type ReceiptRow, type ReceiptView } from './receipt-view.js';
import type { WholeReceiptView } from './receipt-view.js';
import { selectReceipts } from './select-receipts.js';

interface WholeReceiptRow extends ReceiptRow {
  address: string;
  headers: KeptHeaders;
  body: Buffer | null;
  bodySize: number;
}

/** What third parties sent, and what became of it. */
@Injectable()
export class Receipts {
  constructor(private readonly database: Database) {}

  async list(query: ListReceiptsQuery): Promise<Page<ReceiptView>> {
    const found = await selectReceipts(this.database, query);
    const data = found.slice(0, query.limit);
    return { data, nextCursor: found.length > query.limit ? data.at(-1)!.id : null };
  }

  async show(id: string): Promise<WholeReceiptView> {
    const [row] = await this.database.query<WholeReceiptRow>(
      `SELECT ${receiptColumns}, address, headers, body, body_size AS "bodySize" FROM inbound_webhooks WHERE id = $1`,
      [id],
    );
    if (!row) throw new Problem(404, 'There is no such inbound webhook.');
    const { address, headers, body, bodySize, ...receipt } = row;
    const { body: text, encoding } = body === null ? { body: null, encoding: null } : bodyAsText(body);
    return {
      ...toReceiptView(receipt),
      address,
      headers,
      body: text,
      bodyEncoding: encoding,
      bodySize,
      bodyTruncated: body !== null && body.length < bodySize,
    };
  }
}
