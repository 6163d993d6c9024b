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
import { selectDeliveries, type DeliveryFilter, type Place } from './select-deliveries.js';
import { selectRequestBody } from './select-request-body.js';

/** A delivery with everything that is known of it. */
export interface WholeDeliveryView extends DeliveryView {
  attemptLog: AttemptView[];
  /** The text that is sent, byte by byte. */
  requestBody: string;
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
    const before = cursor === undefined ? undefined : await this.placeOf(tenant, cursor);
    const rows = await selectDeliveries(this.database, tenant, filter, { limit: limit + 1, before });
    const data = rows.slice(0, limit);
    return { data, nextCursor: rows.length > limit ? data.at(-1)!.id : null };
  }

  async show(tenant: Tenant, id: string): Promise<WholeDeliveryView> {
    const [row] = await this.database.query<DeliveryRow>(
      `SELECT ${deliveryColumns} FROM webhook_deliveries AS delivery ${deliveryTables}
       WHERE delivery.id = $1 AND ($2::text IS NULL OR delivery.partner_id = $2)`,
      [id, tenant],
    );
    if (!row) throw new Problem(404, 'There is no such webhook delivery.');
    const [attempts, requestBody] = await Promise.all([
      selectAttempts(this.database, id),
      selectRequestBody(this.database, id),
    ]);
    return { ...toDeliveryView(row), attemptLog: attempts.map(attemptView), requestBody };
  }

  private async placeOf(tenant: Tenant, cursor: string): Promise<Place> {
    const [place] = await this.database.query<Place>(
      `SELECT xid::text, id FROM webhook_deliveries WHERE id = $1 AND ($2::text IS NULL OR partner_id = $2)`,
      [cursor, tenant],
    );
    if (place) return place;
    const message = 'cursor must be the nextCursor of a page of this list';
    throw new Problem(400, 'The request is not valid.', { errors: [{ path: 'cursor', message }] });
  }
}
