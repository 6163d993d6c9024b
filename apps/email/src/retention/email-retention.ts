import { Periodic } from '@hookshop/messaging';
import { Logger } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { EmailConfig } from '../email.config.js';
import { forgetContents } from './forget-contents.js';

const PAUSE_MS = 60_000;
const BATCH = 1_000;

/** Forgets what old mails said and to whom, a few at a time. What still waits to be sent is never forgotten. */
@Injectable()
export class EmailRetention implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly periodic: Periodic;
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly config: EmailConfig,
    log: Logger,
  ) {
    this.periodic = new Periodic('Forgetting old mails', PAUSE_MS, () => this.forget(), log);
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.periodic.stop();
  }

  async forget(): Promise<void> {
    while (!this.stopping && (await forgetContents(this.database, this.config.mailRetentionDays, BATCH)) === BATCH);
  }
}
