import type { ConsumerMessages } from '@nats-io/jetstream';
import type { Logger, Metrics } from '@hookshop/observability';
import type { Database } from '@hookshop/persistence';
import type { BrokerConnection } from '../jetstream/broker-connection.js';
import { ensureDurable, STREAM } from '../jetstream/events-stream.js';
import { classify } from './failure.js';
import { firstStart } from './first-start.js';
import type { BatchHandler } from './batch-handler.js';
import type { Reaction } from './reaction.js';
import { ReceivedMessage } from './received-message.js';

export interface ConsumerOptions {
  /** After this time without a sign of life a message goes to another instance. */
  ackWaitMs: number;
  /** Most messages in one transaction. */
  maxBatch: number;
  /** Most messages delivered and not answered yet, over all instances. */
  maxInFlight: number;
}

export const defaultConsumerOptions: ConsumerOptions = {
  ackWaitMs: 6_000,
  maxBatch: 200,
  maxInFlight: 512,
};

/** A batch of this size says that there is load: then a short wait keeps the next one whole. */
const BUSY_BATCH = 4;
const LINGER_MS = 4;
/** A reaction nobody waits for begins its batches at least this far apart. */
const BACKGROUND_PACE_MS = 25;
const PAUSE_MS = 500;

/**
 * Pulls the facts of one reaction and hands them over in batches. It acts on the first message at once; what arrives
 * meanwhile is the next batch.
 */
export class ReactionConsumer {
  private buffer: ReceivedMessage[] = [];
  private inHand: ReceivedMessage[] = [];
  private messages?: ConsumerMessages;
  private arrived?: () => void;
  private stopped = false;
  private loops: Promise<unknown> = Promise.resolve();
  private keepAlive?: NodeJS.Timeout;
  private readonly batchSize;

  constructor(
    readonly reaction: Reaction,
    private readonly handler: BatchHandler,
    private readonly broker: BrokerConnection,
    private readonly database: Database,
    private readonly options: ConsumerOptions,
    private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.batchSize = metrics.histogram({
      name: 'reaction_batch_size',
      help: 'Messages handled in one transaction',
      labelNames: ['reaction'],
      buckets: [1, 2, 5, 10, 25, 50, 100, 200],
    });
  }

  start(): void {
    this.keepAlive = setInterval(() => this.keepMessages(), this.options.ackWaitMs / 3);
    this.keepAlive.unref();
    this.loops = Promise.all([this.pull(), this.work()]);
  }

  /** Stops fetching, finishes what is in hand and gives the rest back to other instances. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.messages?.close();
    this.giveBack(0);
    this.arrived?.();
    await this.loops;
    clearInterval(this.keepAlive);
  }

  private async pull(): Promise<void> {
    while (!this.stopped) {
      try {
        const broker = await this.broker.opened;
        await this.databaseAnswers();
        if (this.stopped) return;
        await this.broker.restoreStream();
        await ensureDurable(broker.manager, {
          name: this.reaction.durable,
          filter: this.reaction.filter,
          from: this.reaction.from,
          firstStarted: await firstStart(this.database, this.reaction.durable),
          ackWaitMs: this.options.ackWaitMs,
          maxInFlight: this.options.maxInFlight,
        });
        const consumer = await broker.jetstream.consumers.get(STREAM, this.reaction.durable);
        this.messages = await consumer.consume({
          max_messages: Math.min(this.options.maxInFlight, 2 * this.options.maxBatch),
          abort_on_missing_resource: true,
          callback: (message) => {
            if (this.reaction.passesOver(message)) message.ack();
            else this.receive(new ReceivedMessage(message, { newestOnly: this.reaction.newestOnly }));
          },
        });
        if (this.stopped) await this.messages.close();
        await this.messages.closed();
      } catch (error) {
        if (this.stopped) return;
        this.log.warn(
          { err: error, reaction: this.reaction.durable },
          'The reaction lost its place and takes it up again',
        );
        await pause(PAUSE_MS);
      }
    }
  }

  private receive(message: ReceivedMessage): void {
    if (this.stopped) return message.giveBack(0);
    this.buffer.push(message);
    this.arrived?.();
  }

  private async work(): Promise<void> {
    let lastSize = 0;
    let lastBegan = -Infinity;
    while (!this.stopped) {
      if (this.buffer.length === 0) await new Promise<void>((resolve) => (this.arrived = resolve));
      if (this.buffer.length < this.options.maxBatch) await pauseUnlessNone(this.lingerMs(lastSize, lastBegan));
      lastBegan = performance.now();
      this.inHand = this.buffer.splice(0, this.options.maxBatch);
      if (this.inHand.length === 0) continue;
      lastSize = this.inHand.length;
      this.batchSize.observe({ reaction: this.reaction.durable }, lastSize);
      try {
        await this.handler.handle(this.inHand);
      } catch (error) {
        await this.interrupt(error);
      }
      this.inHand = [];
    }
  }

  /** Zero for a lone fact: it never waits for company. */
  private lingerMs(lastSize: number, lastBegan: number): number {
    const linger = lastSize >= BUSY_BATCH ? LINGER_MS : 0;
    if (!this.reaction.background) return linger;
    return Math.max(linger, BACKGROUND_PACE_MS - (performance.now() - lastBegan));
  }

  /** Something outside the facts is in the way: give everything back and begin again when the database answers. */
  private async interrupt(error: unknown): Promise<void> {
    if (classify(error) !== 'infrastructure') this.log.error({ err: error }, 'A failure could not be recorded');
    else
      this.log.warn({ err: error, reaction: this.reaction.durable }, 'The reaction pauses until the database answers');
    for (const message of this.inHand) message.giveBack(PAUSE_MS);
    this.giveBack(PAUSE_MS);
    // Closing ends the pull, which begins again once the database answers.
    await this.messages?.close();
  }

  private async databaseAnswers(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.database.query('SELECT 1');
        return;
      } catch {
        await pause(PAUSE_MS);
      }
    }
  }

  private giveBack(pauseMs: number): void {
    for (const message of this.buffer.splice(0)) message.giveBack(pauseMs);
  }

  private keepMessages(): void {
    for (const message of this.inHand) message.keep();
    for (const message of this.buffer) message.keep();
  }
}

const pauseUnlessNone = async (ms: number): Promise<void> => {
  if (ms > 0) await pause(ms);
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
