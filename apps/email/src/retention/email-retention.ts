import { Retention } from '@hookshop/messaging';
import { Logger } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { EmailConfig } from '../email.config.js';
import { forgetContents } from './forget-contents.js';

const BATCH = 1_000;

/** Forgets what old mails said and to whom. What still waits to be sent is never forgotten. */
@Injectable()
export class EmailRetention extends Retention {
  constructor(
    private readonly database: Database,
    private readonly config: EmailConfig,
    log: Logger,
  ) {
    super('Forgetting old mails', log);
  }

  override forget(): Promise<void> {
    return this.forgetAll(BATCH, (limit) => forgetContents(this.database, this.config.mailRetentionDays, limit));
  }
}
