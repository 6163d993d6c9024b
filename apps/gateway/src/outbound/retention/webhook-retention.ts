import { Periodic } from '@hookshop/messaging';
import { Logger } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { GatewayConfig } from '../../gateway.config.js';
import { deleteOldDeliveries } from './delete-old-deliveries.js';
import { deleteOldEndpoints } from './delete-old-endpoints.js';
import { deleteOldMessages } from './delete-old-messages.js';
import { deleteOldStats } from './delete-old-stats.js';
import { settleLeftovers } from './settle-leftovers.js';

const PAUSE_MS = 60_000;
const BATCH = 1_000;

/** Each has to do with what the ones before it leave. */
const deletions = [deleteOldDeliveries, deleteOldMessages, deleteOldStats, deleteOldEndpoints];

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
    await settleLeftovers(this.database);
    for (const deleteOld of deletions) {
      while (!this.stopping && (await deleteOld(this.database, this.config.webhookRetentionDays, BATCH)) === BATCH);
    }
  }
}
