import { isInfrastructureError } from '@hookshop/persistence';
import type { Transactions } from '@hookshop/messaging';
import type { Logger } from '@hookshop/observability';
import type { Attempted } from './attempted.js';
import { recordAttempts } from './record-attempts.js';

const MOST_AT_ONCE = 500;
/** A batch of this size says that there is load; then more gather before the next one. Nobody waits for them. */
const BUSY_BATCH = 8;
const LINGER_MS = 8;
const PAUSE_MS = 500;

/**
 * Commits what came of attempts, together as they come: each attempt with its delivery's next step. What cannot be
 * committed now is kept and tried again, so that an attempt is never forgotten while this process lives.
 */
export class Settlement {
  private waiting: Attempted[] = [];
  private running?: Promise<void>;
  private stopped = false;

  /** @param settled called with what is committed */
  constructor(
    private readonly transactions: Transactions,
    private readonly log: Logger,
    private readonly settled: (attempts: readonly Attempted[]) => void,
    private readonly unrecordable: (attempt: Attempted) => void,
    private readonly now: () => Date,
  ) {}

  /** Attempts whose outcome is not committed. */
  get size(): number {
    return this.waiting.length;
  }

  add(attempt: Attempted): void {
    this.waiting.push(attempt);
    this.running ??= this.run();
  }

  /** Resolves when everything is committed. */
  async drained(): Promise<void> {
    await this.running;
  }

  /** Gives up what cannot be committed: the attempts are made again by whoever has the lanes next. */
  stop(): void {
    this.stopped = true;
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0 && !this.stopped) {
      const batch = oneOfEachDelivery(this.waiting.slice(0, MOST_AT_ONCE));
      await this.commit(batch);
      const done = new Set(batch);
      this.waiting = this.waiting.filter((attempt) => !done.has(attempt));
      if (batch.length >= BUSY_BATCH) await pause(LINGER_MS);
    }
    this.running = undefined;
  }

  private async commit(batch: readonly Attempted[]): Promise<void> {
    for (let again = false; !this.stopped; again = true) {
      try {
        await this.transactions.run((tx) => recordAttempts(tx, batch, { again, now: this.now() }));
        this.settled(batch);
        return;
      } catch (error) {
        if (!isInfrastructureError(error)) return this.commitOneByOne(batch, error);
        this.log.warn({ err: error, attempts: batch.length }, 'Webhook attempts wait for the database to be recorded');
        await pause(PAUSE_MS);
      }
    }
  }

  /** One that cannot be recorded must not keep the others from it. */
  private async commitOneByOne(batch: readonly Attempted[], error: unknown): Promise<void> {
    if (batch.length > 1) {
      for (const attempt of batch) await this.commit([attempt]);
      return;
    }
    const attempt = batch[0]!;
    this.log.error({ err: error, deliveryId: attempt.delivery.deliveryId }, 'A webhook attempt cannot be recorded');
    this.unrecordable(attempt);
  }
}

/** Two attempts at one delivery, of a lane that changed hands in between, are recorded one after the other. */
function oneOfEachDelivery(attempts: readonly Attempted[]): Attempted[] {
  const seen = new Set<string>();
  return attempts.filter(({ delivery }) => !seen.has(delivery.deliveryId) && seen.add(delivery.deliveryId));
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
