import { Database } from '@hookshop/persistence';
import { Controller, Delete, Get, HttpCode, Query } from '@nestjs/common';
import { IsIn, IsOptional, Matches, MaxLength } from 'class-validator';
import { validate as isUuid } from 'uuid';
import { badCursor, type Page, PageQuery, toPage } from '../page.js';
import type { Sender } from './owe-webhooks.js';

class WebhooksQuery extends PageQuery {
  @IsOptional() @IsIn(['stripe', 'carrier']) readonly sender?: Sender;
  @IsOptional() @Matches(/^\P{Cc}*$/u) @MaxLength(255) readonly eventId?: string;
}

interface WebhookRow {
  id: string;
  sender: Sender;
  eventId: string;
  attempts: number;
  status: 'due' | 'delivered' | 'given-up';
  lastError: string | null;
  createdAt: Date;
  deliveredAt: Date | null;
  body: string;
}

interface ShownWebhook extends Omit<WebhookRow, 'body'> {
  type: string;
}

/** What the third parties tell the shop, and what became of it. */
@Controller('webhooks')
export class ShowWebhooks {
  constructor(private readonly database: Database) {}

  /** Newest first; each copy of an event for itself. */
  @Get()
  async show(@Query() { limit, cursor, sender, eventId }: WebhooksQuery): Promise<Page<ShownWebhook>> {
    if (cursor !== undefined && !isUuid(cursor)) throw badCursor();
    const values = [cursor ?? null, sender ?? null, eventId ?? null, limit + 1];
    const rows = await this.database.query<WebhookRow>(eventId === undefined ? everything : ofEvent, values);
    const { data, nextCursor } = toPage(rows, limit);
    return { data: data.map(shown), nextCursor };
  }

  /** What was owed is never sent. */
  @Delete()
  @HttpCode(204)
  async empty(): Promise<void> {
    await this.database.query(`TRUNCATE webhooks`);
  }
}

function shown({ body, id, sender, eventId, ...more }: WebhookRow): ShownWebhook {
  return { id, sender, eventId, type: (JSON.parse(body) as { type: string }).type, ...more };
}

const webhooksPage = (event: string): string => `
  SELECT id, sender, event_id AS "eventId", attempts,
    CASE WHEN due_at IS NOT NULL THEN 'due' WHEN delivered_at IS NOT NULL THEN 'delivered' ELSE 'given-up' END AS status,
    last_error AS "lastError", created_at AS "createdAt", delivered_at AS "deliveredAt", body
  FROM webhooks
  WHERE ($1::uuid IS NULL OR id < $1::uuid) AND ($2::text IS NULL OR sender = $2::text) AND ${event}
  ORDER BY id DESC
  LIMIT $4::integer`;
const everything = webhooksPage('$3::text IS NULL');
const ofEvent = webhooksPage('event_id = $3::text');
