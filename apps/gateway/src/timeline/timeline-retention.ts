import { Retention } from '@hookshop/messaging';
import { Logger } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { GatewayConfig } from '../gateway.config.js';
import { deleteOldTimelines } from './delete-old-timelines.js';

/** Orders, of a dozen facts each. */
const BATCH = 100;

/** Forgets the timelines of orders that ended long ago. */
@Injectable()
export class TimelineRetention extends Retention {
  constructor(
    private readonly database: Database,
    private readonly config: GatewayConfig,
    log: Logger,
  ) {
    super('Forgetting old timelines', log);
  }

  override forget(): Promise<void> {
    const { timelineRetentionDays } = this.config;
    return this.forgetAll(BATCH, (limit) => deleteOldTimelines(this.database, timelineRetentionDays, limit));
  }
}
