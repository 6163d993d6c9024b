import { Retention } from '@hookshop/messaging';
import { Logger } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { GatewayConfig } from '../../gateway.config.js';
import { deleteOldDeliveries } from './delete-old-deliveries.js';
import { deleteOldEndpoints } from './delete-old-endpoints.js';
import { deleteOldMessages } from './delete-old-messages.js';
import { deleteOldStats } from './delete-old-stats.js';
import { settleLeftovers } from './settle-leftovers.js';

const BATCH = 1_000;

/** Each has to do with what the ones before it leave. */
const deletions = [deleteOldDeliveries, deleteOldMessages, deleteOldStats, deleteOldEndpoints];

/**
 * Forgets settled deliveries with their attempts, then messages that nobody is owed any more. What still waits to be
 * sent is never forgotten.
 */
@Injectable()
export class WebhookRetention extends Retention {
  constructor(
    private readonly database: Database,
    private readonly config: GatewayConfig,
    log: Logger,
  ) {
    super('Forgetting old webhooks', log);
  }

  override async forget(): Promise<void> {
    await settleLeftovers(this.database);
    for (const deleteOld of deletions) {
      await this.forgetAll(BATCH, (limit) => deleteOld(this.database, this.config.webhookRetentionDays, limit));
    }
  }
}
