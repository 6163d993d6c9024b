import type { BeforeApplicationShutdown, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { Health, Logger, Metrics, Tracer } from '@hookshop/observability';
import type { Database } from '@hookshop/persistence';
import type { Redriver } from './dead-letter/redriver.js';
import type { InboxCleaner } from './inbox/inbox-cleaner.js';
import type { BrokerConnection } from './jetstream/broker-connection.js';
import type { MessagingOptions } from './messaging.options.js';
import type { OutboxRelay } from './outbox/outbox-relay.js';
import type { OutboxSweeper } from './outbox/outbox-sweeper.js';
import { Attempts } from './reactions/attempts.js';
import { BatchHandler } from './reactions/batch-handler.js';
import { defaultRetryPolicy } from './reactions/failure.js';
import { defaultConsumerOptions, ReactionConsumer } from './reactions/reaction-consumer.js';
import type { ReactionPlaces } from './reactions/reaction-places.js';
import type { Reactions } from './reactions/reactions.js';
import type { Transactions } from './transactions.js';

/** A stop must not wait longer than this for a broker that is away: what is not published is in the outbox. */
const DRAIN_MS = 3_000;

/** Starts everything that runs by itself, and stops it in the order in which it depends on each other. */
export class MessagingLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private consumers: ReactionConsumer[] = [];

  constructor(
    private readonly options: MessagingOptions,
    private readonly reactions: Reactions,
    private readonly transactions: Transactions,
    private readonly database: Database,
    private readonly broker: BrokerConnection,
    private readonly relay: OutboxRelay,
    private readonly sweeper: OutboxSweeper,
    private readonly redriver: Redriver,
    private readonly places: ReactionPlaces,
    private readonly cleaner: InboxCleaner,
    private readonly health: Health,
    private readonly log: Logger,
    private readonly metrics: Metrics,
    private readonly tracer: Tracer,
  ) {}

  onApplicationBootstrap(): void {
    this.reactions.discover();
    this.consumers = this.reactions.all.map((reaction) => {
      this.redriver.register(reaction.durable, (fact, tx) => reaction.handle([fact], tx));
      const retry = this.options.retry ?? defaultRetryPolicy;
      return new ReactionConsumer(
        reaction,
        new BatchHandler(
          reaction,
          this.transactions,
          this.database,
          retry,
          new Attempts(reaction, this.log, this.metrics, this.tracer),
        ),
        this.broker,
        this.database,
        { ...defaultConsumerOptions, ...this.options.consumer },
        this.log,
        this.metrics,
      );
    });
    this.health.register('broker', () => this.broker.check(), { required: this.options.brokerRequired ?? true });
    this.health.register('reactions', () => this.places.check());
    for (const part of [this.sweeper, this.redriver, this.places, this.cleaner]) part.start();
    for (const work of this.reactions.works) work.start();
    for (const consumer of this.consumers) consumer.start();
  }

  /** What takes in new facts first, then what states them, then what publishes them. */
  async beforeApplicationShutdown(): Promise<void> {
    this.broker.stopWaiting();
    await Promise.all(this.consumers.map((consumer) => consumer.stop()));
    await Promise.all(this.reactions.works.map((work) => work.stop()));
    await Promise.all([this.redriver, this.places, this.cleaner, this.sweeper].map((part) => part.stop()));
    await Promise.race([this.relay.drained(), new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref())]);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.broker.close();
  }
}
