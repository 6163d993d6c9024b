import { type DynamicModule, type FactoryProvider, type InjectionToken, Module } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { Health, Logger, Metrics, Tracer } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { randomUUID } from 'node:crypto';
import { DeadLetters } from './dead-letter/dead-letters.js';
import { Redriver } from './dead-letter/redriver.js';
import { InboxCleaner } from './inbox/inbox-cleaner.js';
import { BrokerConnection } from './jetstream/broker-connection.js';
import { Lease } from './leases/lease.js';
import { MessagingLifecycle } from './messaging-lifecycle.js';
import type { MessagingOptions } from './messaging.options.js';
import { operationsController } from './operations/operations.controller.js';
import { ReactionViews } from './operations/reaction-views.js';
import { OutboxRelay } from './outbox/outbox-relay.js';
import { OutboxSweeper } from './outbox/outbox-sweeper.js';
import { ReactionPlaces } from './reactions/reaction-places.js';
import { Reactions } from './reactions/reactions.js';
import { Requests } from './requests/requests.js';
import { Transactions } from './transactions.js';

const SWEEP_LEASE_SECONDS = 10;
const DEFAULT_RETENTION_DAYS = 7;
/** Copies of a fact may still come when the stream has just forgotten the original. */
const INBOX_OUTLIVES_STREAM_BY_DAYS = 7;

/** Everything between a committed fact and a finished reaction. */
@Module({})
export class MessagingModule {
  static forRoot(options: MessagingOptions): DynamicModule {
    const { service } = options;
    const instance = `${service}-${randomUUID()}`;
    const inboxDays = (options.stream?.maxAgeDays ?? DEFAULT_RETENTION_DAYS) + INBOX_OUTLIVES_STREAM_BY_DAYS;
    const exported: FactoryProvider[] = [
      provide(
        BrokerConnection,
        [Logger],
        (log: Logger) => new BrokerConnection(options.natsUrl, service, log, options.stream),
      ),
      provide(
        Transactions,
        [Database, OutboxRelay, OutboxSweeper, Tracer],
        (database: Database, relay: OutboxRelay, sweeper: OutboxSweeper, tracer: Tracer) =>
          new Transactions(database, relay, sweeper, service, tracer),
      ),
      provide(
        Requests,
        [BrokerConnection, Tracer],
        (broker: BrokerConnection, tracer: Tracer) => new Requests(broker, tracer),
      ),
      provide(DeadLetters, [Database], (database: Database) => new DeadLetters(database, service)),
      provide(
        Redriver,
        [Transactions, Database, Logger, Tracer],
        (transactions: Transactions, database: Database, log: Logger, tracer: Tracer) =>
          new Redriver(transactions, database, log, tracer),
      ),
      provide(
        ReactionViews,
        [Reactions, BrokerConnection, DeadLetters],
        (reactions: Reactions, broker: BrokerConnection, deadLetters: DeadLetters) =>
          new ReactionViews(service, reactions, broker, deadLetters),
      ),
    ];
    return {
      module: MessagingModule,
      global: true,
      imports: [DiscoveryModule],
      controllers: [operationsController(service)],
      providers: [
        ...exported,
        provide(Reactions, [DiscoveryService], (discovery: DiscoveryService) => new Reactions(service, discovery)),
        provide(
          OutboxRelay,
          [BrokerConnection, Database, Logger, Metrics, Tracer],
          (broker: BrokerConnection, database: Database, log: Logger, metrics: Metrics, tracer: Tracer) =>
            new OutboxRelay(broker, database, log, metrics, tracer),
        ),
        provide(
          OutboxSweeper,
          [OutboxRelay, BrokerConnection, Database, Logger, Metrics],
          (relay: OutboxRelay, broker: BrokerConnection, database: Database, log: Logger, metrics: Metrics) =>
            new OutboxSweeper(
              { relay, broker, database, lease: new Lease(database, 'outbox-sweep', instance, SWEEP_LEASE_SECONDS) },
              { leftBehindMs: options.leftBehindMs ?? 2_000, maxBacklog: options.maxBacklog ?? 50_000 },
              log,
              metrics,
            ),
        ),
        provide(
          ReactionPlaces,
          [Reactions, BrokerConnection, Database, DeadLetters, Logger, Metrics],
          (...parts: ConstructorParameters<typeof ReactionPlaces>) => new ReactionPlaces(...parts),
        ),
        provide(
          InboxCleaner,
          [Database, Logger],
          (database: Database, log: Logger) => new InboxCleaner(database, inboxDays, log),
        ),
        provide(
          MessagingLifecycle,
          [
            Reactions,
            Transactions,
            Database,
            BrokerConnection,
            OutboxRelay,
            OutboxSweeper,
            Redriver,
            ReactionPlaces,
            InboxCleaner,
            Health,
            Logger,
            Metrics,
            Tracer,
          ],
          (...parts: LifecycleParts) => new MessagingLifecycle(options, ...parts),
        ),
      ],
      exports: exported.map(({ provide: token }) => token),
    };
  }
}

type LifecycleParts = ConstructorParameters<typeof MessagingLifecycle> extends [unknown, ...infer Rest] ? Rest : never;

const provide = (
  token: InjectionToken,
  inject: InjectionToken[],
  useFactory: FactoryProvider['useFactory'],
): FactoryProvider => ({
  provide: token,
  inject,
  useFactory,
});
