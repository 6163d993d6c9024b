import { Problem } from '@hookshop/http';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { DispatchSignals } from '../dispatch-signals.js';
import { Endpoints } from '../endpoints/endpoints.js';
import type { Tenant } from '../endpoints/tenant.js';
import { insertBodies } from '../fan-out/insert-bodies.js';
import { checkEventTypes } from '../subscriptions/subscribable-types.js';
import { backfillMissing, countMissing, type Window } from './backfill-missing.js';
import { replayStatuses, type ReplayBody } from './delivery-queries.js';
import { countReopened, reopenDeliveries } from './reopen-deliveries.js';

const CHUNK = 2_000;
const undelivered = replayStatuses.filter((status) => status !== 'delivered');

/**
 * Sends again what an endpoint was owed in a time, and what it would have been owed had it been there. In parts: what
 * is done stays done when it breaks off, and asking again goes on from there.
 */
@Injectable()
export class ReplayDeliveries {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly database: Database,
    private readonly signals: DispatchSignals,
  ) {}

  async replay(
    tenant: Tenant,
    endpointId: string,
    { since, until, types, status = undelivered, dryRun = false }: ReplayBody,
  ): Promise<{ matched: number }> {
    const { status: endpointStatus, format, payload } = await this.endpoints.show(tenant, endpointId);
    const errors = checkEventTypes(types ?? [], 'types');
    if (until !== undefined && Date.parse(until) <= Date.parse(since)) {
      errors.push({ path: 'until', message: 'until must be after since' });
    }
    if (errors.length > 0) throw new Problem(422, 'The replay cannot be as asked for; see errors.', { errors });
    // Nothing that comes in while it runs belongs to it.
    const window: Window = { since, until: until ?? new Date().toISOString(), types: types ?? null };
    const wanted = status.filter((one) => one !== 'missing');
    const backfills = status.includes('missing');
    if (dryRun) {
      const reopened = wanted.length > 0 ? await countReopened(this.database, endpointId, window, wanted) : 0;
      return { matched: reopened + (backfills ? await countMissing(this.database, endpointId, window) : 0) };
    }
    if (endpointStatus !== 'enabled') {
      throw new Problem(409, `The endpoint is ${endpointStatus}, so nothing can be sent to it. Enable it first.`);
    }
    // What is missing comes after: what it adds is not to be counted as reopened.
    let matched = await this.reopenAll(endpointId, window, wanted);
    while (backfills) {
      const added = await this.database.transaction(async (tx) => {
        const messageIds = await backfillMissing(tx, endpointId, window, CHUNK);
        await insertBodies(
          tx,
          messageIds.map((messageId) => ({ messageId, format, payload })),
        );
        return messageIds.length;
      });
      matched += added;
      if (added < CHUNK) break;
    }
    this.signals.ring({ due: [endpointId] });
    return { matched };
  }

  private async reopenAll(endpointId: string, window: Window, wanted: readonly string[]): Promise<number> {
    let matched = 0;
    let after: { xid: string; id: string } | undefined;
    while (wanted.length > 0) {
      const part = await reopenDeliveries(this.database, endpointId, window, { statuses: wanted, after, limit: CHUNK });
      matched += part.reopened;
      after = part.last;
      if (after === undefined) break;
    }
    return matched;
  }
}
