import { EventEmitter, once } from 'node:events';
import { Logger } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SandboxConfig } from '../sandbox.config.js';
import type { Sender } from './owe-webhooks.js';
import { type Sign, signLikeCarrier, signLikeStripe } from './sign-webhooks.js';
import { WebhookLane } from './webhook-lane.js';

/** How long an answer can stay unnoticed that another process got. */
const LOOK_MS = 100;

/** Sends what the third parties owe to the shop, until it is answered well or three days have passed. */
@Injectable()
export class SendWebhooks implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly lanes = new Map<Sender, WebhookLane>();
  private readonly settlements = new EventEmitter().setMaxListeners(0);

  constructor(
    private readonly database: Database,
    private readonly log: Logger,
    config: SandboxConfig,
  ) {
    this.open('stripe', config.stripeWebhookUrl, config.stripeWebhookSecret?.[0], signLikeStripe);
    this.open('carrier', config.carrierWebhookUrl, config.carrierWebhookSecret?.[0], signLikeCarrier);
  }

  onApplicationBootstrap(): void {
    for (const lane of this.lanes.values()) lane.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([...this.lanes.values()].map((lane) => lane.stop()));
  }

  /** Whether this sender has a URL: without one, nothing is owed. */
  sends(sender: Sender): boolean {
    return this.lanes.has(sender);
  }

  /** Something was committed that may be sent at once; by default, of anybody. */
  wake(sender?: Sender): void {
    for (const [owner, lane] of this.lanes) if (sender === undefined || sender === owner) lane.wake();
  }

  /** Resolves when each event was answered once, with whatever status and to whichever process, or after `timeoutMs`. */
  async attempted(eventIds: readonly string[], timeoutMs: number): Promise<void> {
    const over = AbortSignal.timeout(timeoutMs);
    while (!over.aborted) {
      const news = once(this.settlements, 'settled', { signal: AbortSignal.any([over, AbortSignal.timeout(LOOK_MS)]) });
      const heard = news.catch(() => undefined);
      const unanswered = await this.database.query(findUnanswered, [eventIds]);
      if (unanswered.length === 0) return;
      await heard;
    }
  }

  private open(sender: Sender, url: string | undefined, secret: string | undefined, sign: (key: string) => Sign): void {
    if (url === undefined || secret === undefined) return;
    this.lanes.set(
      sender,
      new WebhookLane({
        sender,
        url: new URL(url),
        sign: sign(secret),
        database: this.database,
        log: this.log,
        settled: () => this.settlements.emit('settled'),
      }),
    );
  }
}

const findUnanswered = `
  SELECT event_id FROM webhooks WHERE event_id = ANY ($1::text[])
  GROUP BY event_id HAVING bool_and(answered_at IS NULL)`;
