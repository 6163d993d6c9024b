import { Problem } from '@hookshop/http';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { validate as isUuid } from 'uuid';
import { Endpoints } from '../endpoints/endpoints.js';
import type { Tenant } from '../endpoints/tenant.js';

/** An event as a partner reads it who cannot be called. */
export interface PolledEvent {
  /** The `webhook-id` under which it would be sent. */
  id: string;
  type: string;
  timestamp: string;
  data: unknown;
}

export interface PolledEvents {
  data: PolledEvent[];
  /** Where to go on; also when there is nothing new yet. */
  nextCursor: string;
}

interface Row {
  id: string;
  xid: string;
  messageId: string;
  body: string;
}

const BEFORE_EVERYTHING = { xid: '0', id: '00000000-0000-0000-0000-000000000000' };

/**
 * Only what no transaction still under way can come before: transactions commit in another order than they begin, and a
 * reader who goes by a mark would never see what commits below it.
 */
const statement = `
  SELECT delivery.id, delivery.xid::text, message_id AS "messageId", body
  FROM webhook_deliveries AS delivery JOIN webhook_messages AS message ON message.id = message_id
  WHERE endpoint_id = $1 AND (xid, delivery.id) > ($2::xid8, $3::uuid)
    AND xid < pg_snapshot_xmin(pg_current_snapshot())
  ORDER BY xid, delivery.id
  LIMIT $4`;

/** Reads everything that was ever owed to an endpoint, in order, without a gap. */
@Injectable()
export class PollDeliveries {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly database: Database,
  ) {}

  async poll(
    tenant: Tenant,
    endpointId: string,
    { cursor, limit }: { cursor?: string; limit: number },
  ): Promise<PolledEvents> {
    await this.endpoints.show(tenant, endpointId);
    const place = cursor === undefined ? BEFORE_EVERYTHING : readCursor(cursor);
    const rows = await this.database.query<Row>(statement, [endpointId, place.xid, place.id, limit]);
    return { data: rows.map(toEvent), nextCursor: writeCursor(rows.at(-1) ?? place) };
  }

  /** One event in full: what a thin payload leaves out. */
  async show(tenant: Tenant, endpointId: string, webhookId: string): Promise<PolledEvent> {
    await this.endpoints.show(tenant, endpointId);
    const [row] = await this.database.query<Row>(
      `SELECT message_id AS "messageId", body
       FROM webhook_deliveries AS delivery JOIN webhook_messages AS message ON message.id = message_id
       WHERE endpoint_id = $1 AND message_id = $2`,
      [endpointId, webhookId],
    );
    if (!row) throw new Problem(404, 'There is no such event for this endpoint.');
    return toEvent(row);
  }
}

const toEvent = ({ messageId, body }: Pick<Row, 'messageId' | 'body'>): PolledEvent => ({
  id: messageId,
  ...(JSON.parse(body) as Omit<PolledEvent, 'id'>),
});

const writeCursor = ({ xid, id }: Pick<Row, 'xid' | 'id'>): string => Buffer.from(`${xid}.${id}`).toString('base64url');

function readCursor(cursor: string): { xid: string; id: string } {
  const [, xid, id] = /^(\d{1,19})\.(.{36})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (xid !== undefined && id !== undefined && (isUuid(id) || id === BEFORE_EVERYTHING.id)) return { xid, id };
  const message = 'cursor must be the nextCursor of an answer of this endpoint';
  throw new Problem(400, 'The request is not valid.', { errors: [{ path: 'cursor', message }] });
}
