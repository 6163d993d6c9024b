import { OrderPlaced } from '@hookshop/contracts';
import { Database } from '@hookshop/persistence';
import { eventually, testBroker, testDatabase, type TestBroker, type TestDatabase } from '@hookshop/testing';
import { mintKeyPair, mintSecret } from '@hookshop/webhooks';
import { v7 as uuidv7 } from 'uuid';
import type { GatewayConfig } from '../../gateway.config.js';
import { FarSide } from '../../testing/far-side.js';
import { startGateway, type TestGateway } from '../../testing/test-gateway.js';
import { DispatchSignals } from '../dispatch-signals.js';
import type { Endpoint } from '../endpoints/endpoint.js';
import { sealedAbout } from '../endpoints/target.js';
import { Sealing } from '../sealing/sealing.js';

export interface TestEndpoint {
  id: string;
  secret: string;
  publicKey: string | null;
}

export interface DeliveryRow {
  id: string;
  messageId: string;
  endpointId: string;
  status: string;
  attempts: number;
  dueInSeconds: number | null;
  claimed: boolean;
  unresolved: boolean;
}

export interface AttemptRow {
  deliveryId: string;
  number: number;
  outcome: string;
  status: number | null;
  error_class: string | null;
  next: string;
  response_body: string;
  truncated: boolean;
}

type EndpointSettings = Partial<Omit<Endpoint, 'id' | 'sealedHeaders' | 'sealedPrivateKey'>> & {
  headers?: Record<string, string>;
};

/** The gateway with its database and broker, seen from where webhooks begin (facts) and from their tables. */
export class OutboundUnderTest {
  readonly gateways: TestGateway[] = [];

  private constructor(
    readonly broker: TestBroker,
    readonly database: TestDatabase,
    readonly farSide: FarSide,
    private readonly settings: Partial<GatewayConfig>,
  ) {}

  static async start(settings: Partial<GatewayConfig> = {}, instances = 1): Promise<OutboundUnderTest> {
    const [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    const test = new OutboundUnderTest(broker, database, await FarSide.join(broker.url), settings);
    for (let count = 0; count < instances; count += 1) await test.startInstance();
    // The stream is there once the gateway has opened it.
    await eventually(() => test.farSide.state({ type: 'sample.begun.v1' }));
    return test;
  }

  get gateway(): TestGateway {
    return this.gateways.at(-1)!;
  }

  async startInstance(): Promise<TestGateway> {
    const gateway = await startGateway({
      natsUrl: this.broker.url,
      databaseUrl: this.database.url,
      webhookAllowHttp: true,
      webhookAllowedPrivateHosts: ['127.0.0.1'],
      ...this.settings,
    });
    this.gateways.push(gateway);
    return gateway;
  }

  async stop(): Promise<void> {
    for (const gateway of this.gateways) await gateway.stop();
    await this.farSide.close();
    await this.broker.stop();
    await this.database.drop();
  }

  /** Makes an endpoint as it is after the API has checked everything. */
  async endpoint(url: string, settings: EndpointSettings = {}): Promise<TestEndpoint> {
    const { app } = this.gateway;
    const sealing = app.get(Sealing);
    const id = uuidv7();
    const secret = mintSecret();
    const keys = settings.signatures?.includes('v1a') ? mintKeyPair() : undefined;
    await app.get(Database).transaction(async (tx) => {
      await tx.query(
        `INSERT INTO webhook_endpoints (id, partner_id, url, description, event_types, filter_path, format, payload,
           ordering, signatures, sealed_headers, timeout_seconds, retry_schedule_seconds, max_per_second, max_in_flight,
           status, disabled_reason, sealed_private_key, public_key, version)
         VALUES ($1, $2, $3, '', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 1)`,
        [
          id,
          settings.partnerId ?? 'demo',
          url,
          settings.eventTypes ?? ['*'],
          settings.filterPath ?? null,
          settings.format ?? 'standard',
          settings.payload ?? 'full',
          settings.ordering ?? 'none',
          settings.signatures ?? ['v1'],
          sealing.seal(JSON.stringify(settings.headers ?? {}), sealedAbout.headers(id)),
          settings.timeoutSeconds ?? 15,
          settings.retryScheduleSeconds ?? null,
          settings.maxPerSecond ?? null,
          settings.maxInFlight ?? 8,
          settings.status ?? 'enabled',
          settings.disabledReason ?? null,
          keys ? sealing.seal(keys.privateKey, sealedAbout.privateKey(id)) : null,
          keys?.publicKey ?? null,
        ],
      );
      await tx.query(`INSERT INTO webhook_secrets (endpoint_id, id, sealed) VALUES ($1, $2, $3)`, [
        id,
        uuidv7(),
        sealing.seal(secret, sealedAbout.secret(id)),
      ]);
      await tx.query(`INSERT INTO webhook_lanes (endpoint_id) VALUES ($1)`, [id]);
    });
    return { id, secret, publicKey: keys?.publicKey ?? null };
  }

  /** States that an order was placed, as order would; answers the fact's id. */
  async orderPlaced({ subject = uuidv7(), sequence = 1, totalInCents = 9_900 } = {}): Promise<string> {
    const id = uuidv7();
    await this.farSide.state({
      id,
      type: 'order.placed.v1',
      subject,
      sequence,
      correlationId: subject,
      data: orderPlacedData(subject, totalInCents),
    });
    return id;
  }

  async ordersPlaced(count: number): Promise<string[]> {
    return Promise.all(Array.from({ length: count }, () => this.orderPlaced()));
  }

  deliveries(endpointId: string): Promise<DeliveryRow[]> {
    return this.database.query<DeliveryRow>(
      `SELECT delivery.id, delivery.message_id AS "messageId", delivery.endpoint_id AS "endpointId", delivery.status,
              attempts, extract(epoch FROM due_at - now())::float AS "dueInSeconds",
              coalesce(claimed_epoch = lane.epoch AND leased_until > now(), false) AS claimed,
              unresolved_at IS NOT NULL AS unresolved
       FROM webhook_deliveries AS delivery LEFT JOIN webhook_queue AS queue ON queue.delivery_id = delivery.id
         LEFT JOIN webhook_lanes AS lane ON lane.endpoint_id = delivery.endpoint_id
       WHERE delivery.endpoint_id = $1 ORDER BY delivery.id`,
      [endpointId],
    );
  }

  attempts(endpointId: string): Promise<AttemptRow[]> {
    return this.database.query<AttemptRow>(
      `SELECT delivery_id AS "deliveryId", number, outcome, attempt.status, error_class, next, response_body, truncated
       FROM webhook_attempts AS attempt JOIN webhook_deliveries AS delivery ON delivery.id = delivery_id
       WHERE endpoint_id = $1 ORDER BY started_at, delivery_id, number`,
      [endpointId],
    );
  }

  /** Everything owed to the endpoint, once it has this status. */
  settled(endpointId: string, count: number, status = 'delivered'): Promise<DeliveryRow[]> {
    return eventually(
      () => this.deliveries(endpointId),
      (rows) => rows.length === count && rows.every((row) => row.status === status),
      { timeoutMs: 20_000 },
    );
  }

  /** What would happen later happens now: the pauses of its deliveries are over. */
  async makeDue(endpointId: string): Promise<void> {
    await this.database.query(`UPDATE webhook_queue SET due_at = now() WHERE endpoint_id = $1`, [endpointId]);
    this.ring({ due: [endpointId] });
  }

  /**
   * Writes into the lane of an endpoint as if it had happened earlier. Whoever has the lane loses it: what it knows in
   * memory must not overrule.
   */
  async ageLane(endpointId: string, assignments: string): Promise<void> {
    await this.database.query(
      `UPDATE webhook_lanes SET holder = NULL, leased_until = NULL, epoch = epoch + 1, ${assignments} WHERE endpoint_id = $1`,
      [endpointId],
    );
  }

  async lane(endpointId: string): Promise<Record<string, unknown>> {
    const [row] = await this.database.query<Record<string, unknown>>(
      `SELECT *, extract(epoch FROM paused_until - now())::float AS "pausedForSeconds",
              extract(epoch FROM probe_at - now())::float AS "probeInSeconds"
       FROM webhook_lanes WHERE endpoint_id = $1`,
      [endpointId],
    );
    return row!;
  }

  ring(signal: Parameters<DispatchSignals['ring']>[0]): void {
    this.gateway.app.get(DispatchSignals).ring(signal);
  }
}

export const orderPlacedData = (orderId: string, totalInCents = 9_900): OrderPlaced => ({
  orderId,
  customer: { email: 'ada@example.com', name: 'Ada Lovelace' },
  lines: [{ sku: 'KEYB-01', name: 'Keyboard', quantity: 1, unitPriceInCents: totalInCents }],
  totalInCents,
  currency: 'USD',
  shippingAddress: { line1: '1 Main St', city: 'Springfield', postalCode: '12345', country: 'US' },
  placedAt: '2026-01-01T00:00:00.000Z',
});
