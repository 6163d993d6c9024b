import type { Logger } from '@hookshop/observability';
import type { Database } from '@hookshop/persistence';
import { Retention } from '../retention.js';
import { cleanInbox } from './clean-inbox.js';

const BATCH = 5_000;

/** Forgets handled events long after the stream has forgotten them. */
export class InboxCleaner extends Retention {
  /** @param keepDays must exceed the stream's retention: a longer memory than the broker's is what makes a copy harmless */
  constructor(
    private readonly database: Database,
    private readonly keepDays: number,
    log: Logger,
  ) {
    super('The cleaning of the inbox', log);
  }

  override forget(): Promise<void> {
    return this.forgetAll(BATCH, (limit) => cleanInbox(this.database, this.keepDays, limit));
  }
}
