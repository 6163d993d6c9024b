import type { Page } from '@hookshop/contracts';
import { Problem } from '@hookshop/http';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import type { Tenant } from '../endpoints/tenant.js';
import { attemptView, type AttemptView } from './attempt-view.js';
import {
  deliveryColumns,
  deliveryTables,
  toDeliveryView,
  type DeliveryRow,
  type DeliveryView,
} from './delivery-view.js';
import { selectAttempts } from './select-attempts.js';
import { selectDeliveries, type DeliveryFilter } from './select-deliveries.js';

/** A delivery with everything that is known of it. */
export interface WholeDeliveryView extends DeliveryView {
  attemptLog: AttemptView[];
  /** The text that is sent, byte by byte; null once retention has removed it. */
  requestBody: string | null;
}

/** What was owed to partners, and what became of it. */
@Injectable()
export class Deliveries {
  constructor(private readonly database: Database) {}

  async list(
    tenant: Tenant,
    filter: DeliveryFilter,
    { limit, cursor }: { limit: number; cursor?: string },
  ): Promise<Page<DeliveryView>> {
    if (cursor !== undefined) await this.checkCursor(tenant, cursor);
    const rows = await selectDeliveries(this.database, tenant, filter, { limit: limit + 1, cursor });
    const data = rows.slice(0, limit);
    return { data, nextCursor: rows.length > limit ? data.at(-1)!.id : null };
  }

  async show(tenant: Tenant, id: string): Promise<WholeDeliveryView> {
    const [row] = await this.database.query<DeliveryRow & { requestBody: string | null }>(
      `SELECT ${deliveryColumns},
              CASE WHEN endpoint.format = 'standard' AND endpoint.payload = 'full' THEN message.body
                ELSE special.body END AS "requestBody"
       FROM webhook_deliveries AS delivery ${deliveryTables}
         JOIN webhook_endpoints AS endpoint ON endpoint.id = delivery.endpoint_id
         LEFT JOIN webhook_bodies AS special ON special.message_id = delivery.message_id
           AND special.format = endpoint.format AND special.payload = endpoint.payload
       WHERE delivery.id = $1 AND ($2::text IS NULL OR delivery.partner_id = $2)`,
      [id, tenant],
    );
    if (!row) throw new Problem(404, 'There is no such webhook delivery.');
    const { requestBody, ...delivery } = row;
    const attempts = await selectAttempts(this.database, id);
    return { ...toDeliveryView(delivery), attemptLog: attempts.map(attemptView), requestBody };
  }

  private async checkCursor(tenant: Tenant, cursor: string): Promise<void> {
    const [row] = await this.database.query(
      `SELECT FROM webhook_deliveries WHERE id = $1 AND ($2::text IS NULL OR partner_id = $2)`,
      [cursor, tenant],
    );
    if (row) return;
    const message = 'cursor must be the nextCursor of a page of this list';
    throw new Problem(400, 'The request is not valid.', { errors: [{ path: 'cursor', message }] });
  }
}
