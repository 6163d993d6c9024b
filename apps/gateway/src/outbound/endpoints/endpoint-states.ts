import { Problem } from '@hookshop/http';
import { Transactions } from '@hookshop/messaging';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { DispatchSignals } from '../dispatch-signals.js';
import { cancelDeliveries } from './cancel-deliveries.js';
import { disableEndpoints } from './disable-endpoints.js';
import { Endpoints, lockEndpoint } from './endpoints.js';
import { holdDeliveries } from './hold-deliveries.js';
import type { EndpointView } from './select-endpoints.js';
import type { Tenant } from './tenant.js';

/** How an endpoint begins and ends to be sent to. What it is owed meanwhile is held, and listed. */
@Injectable()
export class EndpointStates {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly database: Database,
    private readonly transactions: Transactions,
    private readonly signals: DispatchSignals,
  ) {}

  /** Nothing that was held is sent by this: a replay does that. */
  async enable(tenant: Tenant, id: string): Promise<EndpointView> {
    const { status } = await this.endpoints.show(tenant, id);
    if (status === 'unverified') {
      throw new Problem(409, 'The endpoint is not verified. Its owner must answer the challenge: POST …/verify.');
    }
    if (status === 'disabled') {
      // What a fact left behind while the endpoint was being disabled must not go out now.
      await holdDeliveries(this.database, id);
      await this.open(tenant, id, 'disabled');
    }
    return this.endpoints.show(tenant, id);
  }

  async disable(tenant: Tenant, id: string): Promise<EndpointView> {
    const disabled = await this.transactions.run(async (tx) => {
      await lockEndpoint(tx, tenant, id);
      return disableEndpoints(tx, [{ id, reason: 'manual' }], new Date());
    });
    if (disabled.has(id)) {
      this.signals.ring({ changed: [id] });
      await holdDeliveries(this.database, id);
    }
    const endpoint = await this.endpoints.show(tenant, id);
    if (endpoint.status === 'unverified') {
      throw new Problem(409, 'The endpoint is not verified, so it is sent nothing; there is nothing to disable.');
    }
    return endpoint;
  }

  /** Whoever is at this URL has answered the challenge. That says nothing about a URL that was set meanwhile. */
  async verified(tenant: Tenant, id: string, url: URL): Promise<EndpointView> {
    await this.open(tenant, id, 'unverified', url.href);
    const endpoint = await this.endpoints.show(tenant, id);
    if (endpoint.status === 'unverified') {
      throw new Problem(409, 'The URL was changed while the challenge was under way; verify the new one.');
    }
    return endpoint;
  }

  async remove(tenant: Tenant, id: string): Promise<void> {
    await this.transactions.run(async (tx) => {
      await lockEndpoint(tx, tenant, id);
      await tx.query(`UPDATE webhook_endpoints SET deleted_at = now(), version = version + 1 WHERE id = $1`, [id]);
      await tx.query(`DELETE FROM webhook_secrets WHERE endpoint_id = $1`, [id]);
      await tx.query(`DELETE FROM webhook_lanes WHERE endpoint_id = $1`, [id]);
    });
    this.signals.ring({ changed: [id] });
    await cancelDeliveries(this.database, id);
  }

  /** With a clean slate: what it failed at before says nothing about it any more. */
  private async open(tenant: Tenant, id: string, from: 'disabled' | 'unverified', url?: string): Promise<void> {
    await this.transactions.run(async (tx) => {
      await lockEndpoint(tx, tenant, id);
      const rows = await tx.query(
        `UPDATE webhook_endpoints
         SET status = 'enabled', disabled_reason = NULL, version = version + 1, updated_at = now()
         WHERE id = $1 AND status = $2 AND ($3::text IS NULL OR url = $3) RETURNING id`,
        [id, from, url ?? null],
      );
      if (rows.length === 0) return;
      await tx.query(
        `UPDATE webhook_lanes SET circuit = 'closed', probe_at = NULL, paused_until = NULL, recovering = false,
           failing_since = NULL, health = '{}', holder = NULL, leased_until = NULL, epoch = epoch + 1
         WHERE endpoint_id = $1`,
        [id],
      );
    });
    this.signals.ring({ changed: [id] });
  }
}
