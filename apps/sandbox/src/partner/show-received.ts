import { Database } from '@hookshop/persistence';
import { Controller, Delete, Get, HttpCode, Query } from '@nestjs/common';
import { IsOptional, Matches, MaxLength } from 'class-validator';
import { validate as isUuid } from 'uuid';
import { badCursor, type Page, PageQuery, toPage } from '../page.js';
import { readMessage } from './read-message.js';

class ReceivedQuery extends PageQuery {
  @IsOptional() @Matches(/^\P{Cc}*$/u) @MaxLength(200) readonly type?: string;
  @IsOptional() @Matches(/^\P{Cc}*$/u) @MaxLength(200) readonly orderId?: string;
}

interface ReceiptRow {
  id: string;
  webhookId: string;
  type: string;
  orderId: string | null;
  headers: Record<string, string>;
  body: string;
  receivedAt: Date;
  copy: number;
}

interface ShownReceipt extends Omit<ReceiptRow, 'id' | 'body'> {
  timestamp: string | null;
  data: unknown;
}

/** What the partner was told, for whoever checks a shop against those it tells. */
@Controller('partner/received')
export class ShowReceived {
  constructor(private readonly database: Database) {}

  /** Newest first. */
  @Get()
  async show(@Query() { limit, cursor, type, orderId }: ReceivedQuery): Promise<Page<ShownReceipt>> {
    if (cursor !== undefined && !isUuid(cursor)) throw badCursor();
    const values = [cursor ?? null, type ?? null, orderId ?? null, limit + 1];
    const rows = await this.database.query<ReceiptRow>(orderId === undefined ? everything : ofOrder, values);
    const { data, nextCursor } = toPage(rows, limit);
    return { data: data.map(shown), nextCursor };
  }

  @Delete()
  @HttpCode(204)
  async empty(): Promise<void> {
    await this.database.query(`TRUNCATE partner_receipts`);
  }
}

function shown({ webhookId, type, orderId, headers, body, receivedAt, copy }: ReceiptRow): ShownReceipt {
  const { timestamp = null, data = null } = readMessage(body) ?? {};
  return { webhookId, type, orderId, timestamp, data, headers, receivedAt, copy };
}

const receivedPage = (order: string): string => `
  SELECT id, webhook_id AS "webhookId", type, order_id AS "orderId", headers, body, received_at AS "receivedAt",
    (SELECT count(*)::integer FROM partner_receipts AS copies
     WHERE copies.webhook_id = receipt.webhook_id AND copies.id <= receipt.id) AS copy
  FROM partner_receipts AS receipt
  WHERE ($1::uuid IS NULL OR id < $1::uuid) AND ($2::text IS NULL OR type = $2::text) AND ${order}
  ORDER BY id DESC
  LIMIT $4::integer`;
const everything = receivedPage('$3::text IS NULL');
const ofOrder = receivedPage('order_id = $3::text');
