import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '@hookshop/observability';
import { type Database, GroupCommit } from '@hookshop/persistence';
import { Pool } from 'undici';
import { type ClaimedWebhook, claimWebhooks } from './claim-webhooks.js';
import type { Sender } from './owe-webhooks.js';
import { postWebhook } from './post-webhook.js';
import { secondsUntilRetry } from './retry-schedule.js';
import { type Settlement, settleWebhooks } from './settle-webhooks.js';
import type { Sign } from './sign-webhooks.js';

const IN_FLIGHT = 32;
/** From the first byte sent to the last one of the answer. */
const DEADLINE_MS = 10_000;
/** In flight and waiting for it. Twice a deadline is less than a claim holds, so that what waits is still ours then. */
const MOST_CLAIMED = 2 * IN_FLIGHT;
/** Looks again without being woken: for what another process owed, or an attempt put off. */
const POLL_MS = 1_000;
/** Attempts under way are cut off at a stop after this long. */
const STOP_MS = 2_000;

export interface LaneOptions {
  sender: Sender;
  url: URL;
  sign: Sign;
  database: Database;
  log: Logger;
  /** Called whenever attempts were written down. */
  settled(): void;
}

/** Everything one third party has to tell, on connections of its own: a slow shop of one never holds up the other. */
export class WebhookLane {
  private readonly pool: Pool;
  private readonly path: string;
  private readonly settlements: GroupCommit<Settlement, void>;
  private readonly waiting: ClaimedWebhook[] = [];
  private readonly sending = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private nap = new AbortController();
  private inFlight = 0;
  /** The last claim got all it asked for. */
  private more = false;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: LaneOptions) {
    const { url, database } = options;
    this.pool = new Pool(url.origin, { connections: IN_FLIGHT, pipelining: 1 });
    this.path = url.pathname + url.search;
    this.settlements = new GroupCommit(async (settlements) => {
      const released = await settleWebhooks(settlements, database);
      if (released > 0) this.wake();
      options.settled();
      return settlements.map(() => undefined);
    });
  }

  start(): void {
    this.running = this.run();
  }

  /** There may be something to send. */
  wake(): void {
    this.nap.abort();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await atMost(STOP_MS, this.running);
    const unsent = this.waiting.splice(0).map((webhook) => this.settle(webhook, false, 'The sandbox was stopped'));
    await atMost(STOP_MS, Promise.all([...this.sending, ...unsent]));
    await this.pool.destroy();
    await atMost(STOP_MS, Promise.all(this.sending));
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      this.nap = new AbortController();
      await this.claim();
      if (!this.more || this.room === 0) await rest(POLL_MS, this.nap.signal);
    }
  }

  private get room(): number {
    return MOST_CLAIMED - this.inFlight - this.waiting.length;
  }

  private async claim(): Promise<void> {
    const { room } = this;
    if (room === 0) return;
    try {
      const webhooks = await claimWebhooks(this.options.sender, room, this.options.database);
      this.more = webhooks.length === room;
      this.waiting.push(...webhooks);
      this.fillSlots();
    } catch (err) {
      this.more = false;
      this.options.log.warn({ err, sender: this.options.sender }, 'Webhooks cannot be claimed now; they stay owed');
    }
  }

  private fillSlots(): void {
    while (this.inFlight < IN_FLIGHT && this.waiting.length > 0 && !this.stopping.signal.aborted) {
      const sent = this.send(this.waiting.shift()!).finally(() => this.sending.delete(sent));
      this.sending.add(sent);
    }
  }

  private async send(webhook: ClaimedWebhook): Promise<void> {
    this.inFlight += 1;
    const headers = this.options.sign(webhook.eventId, webhook.body, new Date());
    const { answered, error } = await postWebhook(this.pool, this.path, headers, webhook.body, DEADLINE_MS);
    this.inFlight -= 1;
    this.fillSlots();
    // One claim fills half the places: not a query per slot that becomes free.
    if (this.more && this.room >= IN_FLIGHT) this.wake();
    await this.settle(webhook, answered, error);
  }

  private async settle(webhook: ClaimedWebhook, answered: boolean, error: string | null): Promise<void> {
    const { id, attempts, ageSeconds, eventId } = webhook;
    const { sender, log } = this.options;
    const againIn = error === null ? null : this.secondsUntilNext(attempts, ageSeconds);
    if (error !== null) log.warn({ sender, eventId, attempts, againIn }, `A webhook was not delivered: ${error}`);
    try {
      await this.settlements.run({ id, attempts, answered, error, againIn });
    } catch (err) {
      log.warn({ err, sender, eventId }, 'An attempt cannot be written down; its webhook is due again soon');
    }
  }

  /** What a stop cut off did not fail: the next start goes on with it. */
  private secondsUntilNext(attempts: number, ageSeconds: number): number | null {
    return this.stopping.signal.aborted ? 0 : secondsUntilRetry(attempts, ageSeconds);
  }
}

const rest = (ms: number, signal: AbortSignal): Promise<void> => wait(ms, undefined, { signal }).catch(() => undefined);

const atMost = (ms: number, work: Promise<unknown>): Promise<unknown> =>
  Promise.race([work, wait(ms, undefined, { ref: false })]);
