import { Periodic } from '@hookshop/messaging';
import { Logger } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { deleteOldKeys } from './delete-old-keys.js';

const KEPT_HOURS = 24;
const PAUSE_MS = 60_000;
const BATCH = 1_000;

/** Forgets idempotency keys after a day, a few at a time. */
@Injectable()
export class KeyRetention implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly periodic: Periodic;
  private stopping = false;

  constructor(
    private readonly database: Database,
    log: Logger,
  ) {
    this.periodic = new Periodic('Forgetting old idempotency keys', PAUSE_MS, () => this.forget(), log);
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.periodic.stop();
  }

  private async forget(): Promise<void> {
    while (!this.stopping && (await deleteOldKeys(this.database, KEPT_HOURS, BATCH)) === BATCH);
  }
}
