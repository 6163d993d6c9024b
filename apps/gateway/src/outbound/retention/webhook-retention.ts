import { Periodic } from '@hookshop/messaging';
import { Logger } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { GatewayConfig } from '../../gateway.config.js';
import { holdDeliveries } from '../endpoints/hold-deliveries.js';
import { deleteOldDeliveries } from './delete-old-deliveries.js';
import { deleteOldMessages } from './delete-old-messages.js';

const PAUSE_MS = 60_000;
const BATCH = 1_000;

/**
 * Forgets what is past its time, a few rows at a time: settled deliveries with their attempts, then messages that
 * nobody is owed any more. What still waits to be sent is never forgotten.
 */
@Injectable()
export class WebhookRetention implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly periodic: Periodic;
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly config: GatewayConfig,
    log: Logger,
  ) {
    this.periodic = new Periodic('Forgetting old webhooks', PAUSE_MS, () => this.clean(), log);
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.periodic.stop();
  }

  async clean(): Promise<void> {
    const { webhookRetentionDays: days } = this.config;
    await this.holdLeftovers();
    while (!this.stopping && (await deleteOldDeliveries(this.database, days, BATCH)) === BATCH);
    while (!this.stopping && (await deleteOldMessages(this.database, days, BATCH)) === BATCH);
    await this.database.query(`DELETE FROM webhook_stats WHERE hour < now() - $1 * interval '1 day'`, [days]);
    await this.database.query(
      `DELETE FROM webhook_endpoints AS endpoint WHERE deleted_at < now() - $1 * interval '1 day'
         AND NOT EXISTS (SELECT FROM webhook_deliveries AS delivery WHERE delivery.endpoint_id = endpoint.id)`,
      [days],
    );
  }

  /** A fact may have been owed to an endpoint in the moment in which it was disabled. */
  private async holdLeftovers(): Promise<void> {
    const endpoints = await this.database.query<{ id: string }>(
      `SELECT id FROM webhook_endpoints AS endpoint WHERE status <> 'enabled' AND deleted_at IS NULL
         AND EXISTS (SELECT FROM webhook_queue AS queue WHERE queue.endpoint_id = endpoint.id)`,
    );
    for (const { id } of endpoints) await holdDeliveries(this.database, id);
  }
}
