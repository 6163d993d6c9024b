import type { Logger } from '@hookshop/observability';
import type { Database } from '@hookshop/persistence';
import { Periodic } from '../periodic.js';
import { cleanInbox } from './clean-inbox.js';

const PAUSE_MS = 60_000;
const BATCH = 5_000;

/** Forgets handled events long after the stream has forgotten them. */
export class InboxCleaner {
  private readonly periodic: Periodic;

  /** @param keepDays must exceed the stream's retention: a longer memory than the broker's is what makes a copy harmless */
  constructor(database: Database, keepDays: number, log: Logger) {
    this.periodic = new Periodic(
      'The cleaning of the inbox',
      PAUSE_MS,
      async () => {
        while ((await cleanInbox(database, keepDays, BATCH)) === BATCH);
      },
      log,
    );
  }

  start(): void {
    this.periodic.start();
  }

  stop(): Promise<void> {
    return this.periodic.stop();
  }
}
