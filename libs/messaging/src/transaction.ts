import { contractOf } from '@hookshop/contracts';
import { continueTrace, currentTrace, traceIdOf, type Tracer } from '@hookshop/observability';
import { DatabaseTransaction } from '@hookshop/persistence';
import type { PoolClient } from 'pg';
import type { QueryRunner } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Cause } from './fact.js';
import { seal, traceStateOf, type Envelope } from './jetstream/envelope.js';
import { insertOutbox } from './outbox/insert-outbox.js';
import type { OutboxRelay } from './outbox/outbox-relay.js';

export interface PublishOptions {
  /** Aggregate id. */
  subject: string;
  /** The aggregate's version after this fact: consumers let the higher win. */
  sequence: number;
  /** The order's id; by default the cause's. */
  correlationId?: string;
  /** What led to this fact; by default the fact being handled, if there is exactly one. */
  cause?: Cause;
  /** Where in the service it arose, a path below the service's own: `hooks/stripe`. */
  source?: string;
  /**
   * The span below which it is stated; by default the cause's, or that of the request at hand. In another trace than the
   * cause's, its span is linked to the cause's.
   */
  traceparent?: string | undefined;
}

/** A transaction whose facts reach the stream if, and only if, it commits. */
export class Transaction extends DatabaseTransaction {
  private readonly envelopes: Envelope[] = [];

  constructor(
    runner: QueryRunner,
    client: PoolClient,
    private readonly source: string,
    relay: OutboxRelay,
    private readonly now: () => Date,
    private readonly tracer: Tracer,
  ) {
    super(runner, client);
    this.beforeCommit(() => (this.envelopes.length > 0 ? insertOutbox(this, this.envelopes) : undefined));
    this.afterCommit(() => relay.offer(this.envelopes));
  }

  /** The fact being handled, when it is handled alone. */
  handling?: Cause;

  /**
   * States a fact. It is written to the outbox with COMMIT and published right after.
   *
   * @returns the event id
   * @throws Error when the data does not match the contract: nothing invalid may leave its producer
   */
  publish<T extends object>(event: new () => T, data: T, options: PublishOptions): string {
    return this.state(event, data, options, uuidv7(), undefined);
  }

  /**
   * States one occurrence in several versions of its contract while consumers move to the newest, which comes first.
   * A wildcard subscriber gets only the newest it knows.
   */
  publishVersions(versions: [event: new () => object, data: object][], options: PublishOptions): string[] {
    const occurrence = uuidv7();
    const newestVersion = Math.max(...versions.map(([event]) => contractOf(event).version));
    return versions.map(([event, data]) =>
      this.state(event, data, options, uuidv7(), { id: occurrence, newestVersion }),
    );
  }

  private state(
    event: new () => object,
    data: object,
    { subject, sequence, correlationId, cause = this.handling, source, traceparent }: PublishOptions,
    id: string,
    occurrence: { id: string; newestVersion: number } | undefined,
  ): string {
    const contract = contractOf(event);
    const faults = contract.check(data);
    if (faults.length > 0) throw new InvalidFact(contract.type, faults);
    const trace = currentTrace();
    const parent = traceparent ?? cause?.traceparent ?? trace?.traceparent;
    const own = continueTrace(parent);
    this.envelopes.push(
      seal(
        {
          id,
          type: contract.type,
          source: source === undefined ? this.source : `${this.source}/${source}`,
          subject,
          sequence,
          time: this.now().toISOString(),
          correlationId: correlationId ?? cause?.correlationId ?? trace?.correlationId,
          causationId: cause?.id,
          traceparent: own,
          tracestate: this.tracer.records(own) ? traceStateOf(parent, this.linkTo(cause, own)) : undefined,
          data,
        },
        occurrence,
      ),
    );
    return id;
  }

  /** What led to a fact may have a trace of its own: a webhook that tells how an order went on. */
  private linkTo(cause: Cause | undefined, own: string): string | undefined {
    const told = cause?.traceparent;
    return this.tracer.records(told) && traceIdOf(told) !== traceIdOf(own) ? told : undefined;
  }
}

/** A producer tried to state something its contract does not allow. */
export class InvalidFact extends Error {
  constructor(type: string, faults: string[]) {
    super(`${type} was not stated: ${faults.join('; ')}`);
    this.name = 'InvalidFact';
  }
}
