import { inTrace, type Logger, type Metrics, type Tracer } from '@hookshop/observability';
import type { DeadReason } from '../dead-letter/insert-dead-letter.js';
import type { Fact } from '../fact.js';
import { nameOf } from './failure.js';
import type { Reaction } from './reaction.js';
import type { ReceivedMessage } from './received-message.js';

/** One try at a message. */
export interface Attempt {
  message: ReceivedMessage;
  /** What the reaction is given. Where the trace is recorded, what it states goes on from the attempt's own span. */
  fact: Fact<unknown>;
  /** Milliseconds since 1970. */
  startedAt: number;
}

/** `duplicate`: the inbox knew it. */
export type AttemptOutcome = 'handled' | 'duplicate' | 'again' | 'dead';

export interface AttemptDetails {
  /** Messages of its transaction. */
  batch?: number;
  /** Number of the failed attempt, from 1. */
  attempt?: number;
  nextInMs?: number;
  reason?: DeadReason;
  error?: unknown;
}

const words = {
  handled: ['info', 'Fact handled'],
  duplicate: ['info', 'Fact known'],
  again: ['warn', 'A reaction failed and is tried again'],
  dead: ['error', 'A fact went to the dead letters'],
} as const;

/** Tells of every attempt of a reaction once in each way: a metric, one wide line in the log, a span. */
export class Attempts {
  private readonly counter;
  private readonly redelivered;

  constructor(
    private readonly reaction: Reaction,
    private readonly log: Logger,
    metrics: Metrics,
    private readonly tracer: Tracer,
  ) {
    this.counter = metrics.counter({
      name: 'reaction_messages_total',
      help: 'Messages answered by a reaction, by outcome (handled, duplicate, again, dead)',
      labelNames: ['reaction', 'outcome'],
    });
    this.redelivered = metrics.counter({
      name: 'reaction_redelivered_total',
      help: 'Messages that the broker delivered to the reaction more than once',
      labelNames: ['reaction'],
    });
  }

  arrived(messages: readonly ReceivedMessage[]): void {
    const again = messages.filter(({ deliveries }) => deliveries > 1).length;
    if (again > 0) this.redelivered.inc({ reaction: this.reaction.durable }, again);
  }

  begin(messages: readonly ReceivedMessage[]): Attempt[] {
    const startedAt = this.tracer.now();
    return messages.map((message) => ({ message, fact: this.traced(message.fact), startedAt }));
  }

  end(attempt: Attempt, outcome: AttemptOutcome, details: AttemptDetails = {}): void {
    const endedAt = this.tracer.now();
    this.counter.inc({ reaction: this.reaction.durable, outcome });
    const [level, text] = words[outcome];
    if (this.log.isLevelEnabled(level)) {
      inTrace(attempt.fact, () => this.log[level](this.line(attempt, outcome, endedAt, details), text));
    }
    if (this.tracer.records(attempt.fact.traceparent)) this.record(attempt, outcome, endedAt, details);
  }

  private traced(fact: Fact<unknown>): Fact<unknown> {
    const own = this.tracer.below(fact.traceparent);
    return own === undefined ? fact : { ...fact, traceparent: own };
  }

  private line(
    { message: { fact, deliveries }, startedAt }: Attempt,
    outcome: AttemptOutcome,
    endedAt: number,
    { error, ...details }: AttemptDetails,
  ): Record<string, unknown> {
    return {
      reaction: this.reaction.durable,
      eventId: fact.id,
      eventType: fact.type,
      subject: fact.subject,
      correlationId: fact.correlationId,
      deliveries,
      outcome,
      durationMs: Math.round((endedAt - startedAt) * 10) / 10,
      ...details,
      ...(error !== undefined && (error instanceof Error ? { err: error } : { error })),
    };
  }

  private record(
    { message, fact, startedAt }: Attempt,
    outcome: AttemptOutcome,
    endedAt: number,
    { batch, attempt, reason, error }: AttemptDetails,
  ): void {
    this.tracer.record({
      name: this.reaction.name,
      kind: 'consumer',
      traceparent: fact.traceparent!,
      parent: message.fact.traceparent,
      startedAt,
      endedAt,
      attributes: {
        'messaging.system': 'nats',
        'messaging.operation.name': 'process',
        'messaging.destination.name': message.subject,
        'messaging.consumer.group.name': this.reaction.durable,
        'messaging.message.id': fact.id,
        'hookshop.outcome': outcome,
        'hookshop.deliveries': message.deliveries,
        ...(fact.correlationId !== undefined && { 'hookshop.correlation_id': fact.correlationId }),
        ...(batch !== undefined && { 'messaging.batch.message_count': batch }),
        ...(attempt !== undefined && { 'hookshop.attempt': attempt }),
      },
      error: outcome === 'again' || outcome === 'dead' ? (reason ?? nameOf(error)) : undefined,
    });
  }
}
