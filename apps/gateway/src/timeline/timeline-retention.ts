import { Periodic } from '@hookshop/messaging';
import { Logger } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { GatewayConfig } from '../gateway.config.js';
import { deleteOldTimelines } from './delete-old-timelines.js';

const PAUSE_MS = 60_000;
/** Orders, of a dozen facts each. */
const BATCH = 100;

/** Forgets the timelines of orders that ended long ago, a few at a time. */
@Injectable()
export class TimelineRetention implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly periodic: Periodic;
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly config: GatewayConfig,
    log: Logger,
  ) {
    this.periodic = new Periodic('Forgetting old timelines', PAUSE_MS, () => this.forget(), log);
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.periodic.stop();
  }

  async forget(): Promise<void> {
    while (
      !this.stopping &&
      (await deleteOldTimelines(this.database, this.config.timelineRetentionDays, BATCH)) === BATCH
    );
  }
}
