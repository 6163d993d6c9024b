import { Problem, type FieldError } from '@hookshop/http';
import { Database, type DatabaseTransaction } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { GatewayConfig } from '../../gateway.config.js';
import { DispatchSignals } from '../dispatch-signals.js';
import type { Format, Payload } from '../endpoints/endpoint.js';
import { Endpoints, noSuchEndpoint } from '../endpoints/endpoints.js';
import type { Tenant } from '../endpoints/tenant.js';
import { insertBodies } from '../fan-out/insert-bodies.js';
import { checkEventTypes } from '../subscriptions/subscribable-types.js';
import { backfillMissing, countMissing, type Arrival } from './backfill-missing.js';
import { replayStatuses, type ReplayBody } from './delivery-queries.js';
import { countReopened, reopenDeliveries } from './reopen-deliveries.js';
import { replayWindow, type Part, type ReplayWindow } from './replay-window.js';
import { notEnabled } from './retry-delivery.js';
import type { Place } from './select-deliveries.js';

const undelivered = replayStatuses.filter((status) => status !== 'delivered');

interface EnabledEndpoint {
  format: Format;
  payload: Payload;
}

/**
 * Sends again what an endpoint was owed in a time, and what it would have been owed had it been there. In parts: what
 * is done stays done when it breaks off, and asking again goes on from there.
 */
@Injectable()
export class ReplayDeliveries {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly database: Database,
    private readonly config: GatewayConfig,
    private readonly signals: DispatchSignals,
  ) {}

  async replay(
    tenant: Tenant,
    endpointId: string,
    { status = undelivered, dryRun = false, ...asked }: ReplayBody,
  ): Promise<{ matched: number }> {
    const endpoint = await this.endpoints.show(tenant, endpointId);
    const { window, isFuture, forgotten } = await replayWindow(this.database, asked, this.config.webhookRetentionDays);
    const errors = faultsOf(asked, isFuture);
    if (errors.length > 0) throw new Problem(422, 'The replay cannot be as asked for; see errors.', { errors });
    if (!dryRun && endpoint.status !== 'enabled') throw notEnabled(endpoint.status);

    const statuses = status.filter((one) => one !== 'missing');
    const kept = { ...window, since: forgotten };
    let matched = 0;
    try {
      if (statuses.length > 0) matched += await this.reopenAll(endpointId, window, statuses, dryRun);
      // What is missing comes after: what it adds is not to be counted as reopened.
      if (status.includes('missing')) matched += await this.backfillAll(endpointId, kept, dryRun);
    } finally {
      if (!dryRun) this.signals.ring({ due: [endpointId] });
    }
    return { matched };
  }

  private reopenAll(id: string, window: ReplayWindow, statuses: string[], dryRun: boolean): Promise<number> {
    return inParts<Place>((from) =>
      dryRun
        ? countReopened(this.database, id, window, statuses, from)
        : this.whileEnabled(id, (tx) => reopenDeliveries(tx, id, window, statuses, from)),
    );
  }

  private backfillAll(id: string, window: ReplayWindow, dryRun: boolean): Promise<number> {
    return inParts<Arrival>((from) =>
      dryRun
        ? countMissing(this.database, id, window, from)
        : this.whileEnabled(id, async (tx, { format, payload }) => {
            const part = await backfillMissing(tx, id, window, from);
            await insertBodies(
              tx,
              part.messageIds.map((messageId) => ({ messageId, format, payload })),
            );
            return part;
          }),
    );
  }

  /** Whoever disables the endpoint or changes its format waits for this part, and the next one knows of it. */
  private whileEnabled<T>(
    id: string,
    work: (tx: DatabaseTransaction, endpoint: EnabledEndpoint) => Promise<T>,
  ): Promise<T> {
    return this.database.transaction(async (tx) => {
      const [endpoint] = await tx.query<EnabledEndpoint & { status: string }>(
        `SELECT status, format, payload FROM webhook_endpoints WHERE id = $1 AND deleted_at IS NULL FOR SHARE`,
        [id],
      );
      if (!endpoint) noSuchEndpoint();
      if (endpoint.status !== 'enabled') throw notEnabled(endpoint.status);
      return work(tx, endpoint);
    });
  }
}

function faultsOf({ since, until, types }: ReplayBody, isFuture: boolean): FieldError[] {
  const errors = checkEventTypes(types ?? [], 'types');
  if (isFuture) errors.push({ path: 'since', message: 'since must not be in the future' });
  if (until !== undefined && Date.parse(until) <= Date.parse(since)) {
    errors.push({ path: 'until', message: 'until must be after since' });
  }
  return errors;
}

async function inParts<From>(part: (from: From | undefined) => Promise<Part<From>>): Promise<number> {
  let matched = 0;
  let from: From | undefined;
  do {
    const done = await part(from);
    matched += done.matched;
    from = done.next;
  } while (from !== undefined);
  return matched;
}
