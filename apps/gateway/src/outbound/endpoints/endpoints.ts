import type { Page } from '@hookshop/contracts';
import { Problem } from '@hookshop/http';
import { Transactions } from '@hookshop/messaging';
import { Database, type DatabaseTransaction } from '@hookshop/persistence';
import { mintKeyPair, mintSecret } from '@hookshop/webhooks';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { GatewayConfig } from '../../gateway.config.js';
import { DispatchSignals } from '../dispatch-signals.js';
import { Sealing } from '../sealing/sealing.js';
import { checkEndpoint, checkSecret, refuseFaulty } from './check-endpoint.js';
import type { ChangeEndpointBody, CreateEndpointBody, RotateSecretBody } from './endpoint-bodies.js';
import { insertSecret, openSecret, rotateSecret } from './endpoint-secrets.js';
import { Endpoint } from './endpoint.js';
import { holdDeliveries } from './hold-deliveries.js';
import { selectEndpoint, selectEndpoints, type EndpointView } from './select-endpoints.js';
import { sealedAbout } from './target.js';
import type { Tenant } from './tenant.js';

const MOST_PER_PARTNER = 100;

/** What partners register, look at and change. How an endpoint begins and ends to be sent to is beside this. */
@Injectable()
export class Endpoints {
  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
    private readonly sealing: Sealing,
    private readonly config: GatewayConfig,
    private readonly signals: DispatchSignals,
  ) {}

  /** Answers with the secret. */
  async create(partnerId: string, body: CreateEndpointBody): Promise<EndpointView & { secret: string }> {
    const { url, filterPath } = checkEndpoint(body, this.policy);
    const id = uuidv7();
    const secret = body.secret ?? mintSecret();
    const status = body.status ?? (this.config.webhookVerifyOwnership ? 'unverified' : 'enabled');
    // A disabled one could be enabled unasked.
    if (status !== 'unverified' && this.config.webhookVerifyOwnership) {
      refuseFaulty([{ path: 'status', message: 'status must be unverified here: ownership is verified first' }]);
    }
    await this.transactions.run(async (tx) => {
      await this.refuseOneTooMany(tx, partnerId);
      await tx.manager.insert(Endpoint, {
        id,
        partnerId,
        url: url!,
        description: body.description ?? '',
        eventTypes: body.eventTypes,
        filter: body.filter ?? null,
        filterPath,
        format: body.format ?? 'standard',
        payload: body.payload ?? 'full',
        ordering: body.ordering ?? 'none',
        signatures: body.signatures ?? ['v1'],
        sealedHeaders: this.sealHeaders(id, body.headers ?? {}),
        timeoutSeconds: body.timeoutSeconds ?? 15,
        retryScheduleSeconds: body.retryScheduleSeconds ?? null,
        maxPerSecond: body.maxPerSecond ?? null,
        maxInFlight: body.maxInFlight ?? 8,
        status,
        disabledReason: status === 'disabled' ? 'manual' : null,
        ...this.keysFor(id, body.signatures?.includes('v1a') ?? false),
        version: 1,
      });
      await insertSecret(tx, this.sealing, id, secret);
      await tx.query(`INSERT INTO webhook_lanes (endpoint_id) VALUES ($1)`, [id]);
    });
    return { ...(await this.show(partnerId, id)), secret };
  }

  async list(tenant: Tenant, { limit, cursor }: { limit: number; cursor?: string }): Promise<Page<EndpointView>> {
    const rows = await selectEndpoints(this.database, this.sealing, tenant, { limit: limit + 1, cursor });
    const data = rows.slice(0, limit);
    return { data, nextCursor: rows.length > limit ? data.at(-1)!.id : null };
  }

  async show(tenant: Tenant, id: string): Promise<EndpointView> {
    return (await selectEndpoint(this.database, this.sealing, tenant, id)) ?? noSuchEndpoint();
  }

  async change(tenant: Tenant, id: string, body: ChangeEndpointBody): Promise<EndpointView> {
    const movedAway = await this.transactions.run(async (tx) => {
      await lockEndpoint(tx, tenant, id);
      const known = (await selectEndpoint(tx, this.sealing, tenant, id))!;
      const eventTypes = body.eventTypes ?? known.eventTypes;
      const filter = body.filter === undefined ? known.filter : body.filter;
      const { url, filterPath } = checkEndpoint({ ...body, eventTypes, filter }, this.policy);
      const { headers, ...settings } = body;
      const movesAway = url !== undefined && url !== known.url && this.config.webhookVerifyOwnership;
      const wantsKeys = (body.signatures ?? known.signatures).includes('v1a');
      await tx.manager.update(Endpoint, id, {
        ...settings,
        ...(url === undefined ? {} : { url }),
        filterPath,
        ...(headers === undefined ? {} : { sealedHeaders: this.sealHeaders(id, headers) }),
        ...(wantsKeys === (known.publicKey !== null) ? {} : this.keysFor(id, wantsKeys)),
        ...(movesAway ? { status: 'unverified' as const, disabledReason: null } : {}),
        version: () => 'version + 1',
        updatedAt: () => 'now()',
      });
      return movesAway;
    });
    this.signals.ring({ changed: [id] });
    // It was owed to the former URL.
    if (movedAway) await holdDeliveries(this.database, id);
    return this.show(tenant, id);
  }

  async secret(tenant: Tenant, id: string): Promise<{ secret: string }> {
    await this.show(tenant, id);
    return { secret: await openSecret(this.database, this.sealing, id) };
  }

  /** Answers with the new secret. */
  async rotate(
    tenant: Tenant,
    id: string,
    { secret = mintSecret(), overlapSeconds }: RotateSecretBody,
  ): Promise<EndpointView & { secret: string }> {
    refuseFaulty(checkSecret(secret));
    await this.transactions.run(async (tx) => {
      await lockEndpoint(tx, tenant, id);
      await rotateSecret(tx, this.sealing, id, { secret, overlapSeconds });
      await tx.query(`UPDATE webhook_endpoints SET version = version + 1, updated_at = now() WHERE id = $1`, [id]);
    });
    this.signals.ring({ changed: [id] });
    return { ...(await this.show(tenant, id)), secret };
  }

  private get policy() {
    const { webhookAllowHttp: allowHttp, webhookAllowedPrivateHosts: allowedPrivateHosts } = this.config;
    return { allowHttp, allowedPrivateHosts };
  }

  private sealHeaders(id: string, headers: Record<string, string>): Buffer {
    return this.sealing.seal(JSON.stringify(headers), sealedAbout.headers(id));
  }

  private keysFor(id: string, wanted: boolean): Pick<Endpoint, 'sealedPrivateKey' | 'publicKey'> {
    if (!wanted) return { sealedPrivateKey: null, publicKey: null };
    const { privateKey, publicKey } = mintKeyPair();
    return { sealedPrivateKey: this.sealing.seal(privateKey, sealedAbout.privateKey(id)), publicKey };
  }

  private async refuseOneTooMany(tx: DatabaseTransaction, partnerId: string): Promise<void> {
    // Two at the same time must not both be the last one.
    await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('webhook endpoints of ' || $1, 0))`, [partnerId]);
    const [row] = await tx.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM webhook_endpoints WHERE partner_id = $1 AND deleted_at IS NULL`,
      [partnerId],
    );
    if (row!.count < MOST_PER_PARTNER) return;
    throw new Problem(
      409,
      `There are ${MOST_PER_PARTNER} endpoints already, as many as a partner may have. Delete one.`,
    );
  }
}

/** One change of an endpoint after the other. */
export async function lockEndpoint(tx: DatabaseTransaction, tenant: Tenant, id: string): Promise<void> {
  const [row] = await tx.query(
    `SELECT FROM webhook_endpoints
     WHERE id = $1 AND deleted_at IS NULL AND ($2::text IS NULL OR partner_id = $2) FOR UPDATE`,
    [id, tenant],
  );
  if (!row) noSuchEndpoint();
}

export function noSuchEndpoint(): never {
  throw new Problem(404, 'There is no such webhook endpoint.');
}
