import { Retention } from '@hookshop/messaging';
import { Logger } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { GatewayConfig } from '../../gateway.config.js';
import { firstIdAt } from '../../outbound/deliveries/instants.js';
import { deleteOldReceipts } from './delete-old-receipts.js';

const BATCH = 1_000;

/** Forgets receipts that are past their time. */
@Injectable()
export class ReceiptRetention extends Retention {
  constructor(
    private readonly database: Database,
    private readonly config: GatewayConfig,
    log: Logger,
  ) {
    super('Forgetting old inbound webhooks', log);
  }

  /** @param now Unix milliseconds */
  override forget(now = Date.now()): Promise<void> {
    const before = firstIdAt(new Date(now - this.config.inboundRetentionDays * 86_400_000).toISOString());
    return this.forgetAll(BATCH, (limit) => deleteOldReceipts(this.database, before, limit));
  }
}
