import { Injectable } from '@nestjs/common';
import type { Tracer } from '@hookshop/observability';
import { Database, runTransaction } from '@hookshop/persistence';
import type { OutboxRelay } from './outbox/outbox-relay.js';
import type { OutboxSweeper } from './outbox/outbox-sweeper.js';
import { Transaction } from './transaction.js';

/** Opens the transactions of a service: state, inbox and facts commit together or not at all. */
@Injectable()
export class Transactions {
  constructor(
    private readonly database: Database,
    private readonly relay: OutboxRelay,
    private readonly sweeper: OutboxSweeper,
    private readonly service: string,
    private readonly tracer: Tracer,
    private readonly now: () => Date = () => new Date(),
  ) {}

  /** @throws CommitOutcomeUnknown when the connection is lost while committing */
  run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return runTransaction(
      this.database.dataSource,
      (runner, client) => new Transaction(runner, client, `/${this.service}`, this.relay, this.now, this.tracer),
      work,
    );
  }

  /** @throws OutboxFull when so many facts wait for the broker that nothing new should be promised */
  assertRoom(): void {
    if (this.sweeper.isFull) throw new OutboxFull(this.sweeper.maxBacklog);
  }
}

/** The broker has been away, or slower than the orders, for too long. */
export class OutboxFull extends Error {
  constructor(facts: number) {
    super(`${facts} facts wait for the broker; nothing new is accepted until they are published`);
    this.name = 'OutboxFull';
  }
}
