import { isConflictError } from '@hookshop/persistence';
import type { Database } from '@hookshop/persistence';
import type { Logger, Metrics } from '@hookshop/observability';
import { type Burial, insertDeadLetter, type DeadReason } from '../dead-letter/insert-dead-letter.js';
import { insertInbox } from '../inbox/insert-inbox.js';
import type { Transactions } from '../transactions.js';
import {
  countAttempt,
  correctAttempt,
  forgetAttempts,
  readAttempts,
  takeBackAttempt,
  type FailedAttempts,
} from './failed-attempts.js';
import { classify, describe, type RetryPolicy } from './failure.js';
import type { Reaction } from './reaction.js';
import type { ReceivedMessage } from './received-message.js';

/** Deliveries without any recorded outcome after which a message is suspected of killing the process. */
const UNEXPLAINED_DELIVERIES = 2;
const CONFLICT_RETRIES = 3;

/** Handles what a reaction received: together when all goes well, one by one when something does not. */
export class BatchHandler {
  private readonly handled;
  private readonly redelivered;

  constructor(
    private readonly reaction: Reaction,
    private readonly transactions: Transactions,
    private readonly database: Database,
    private readonly retry: RetryPolicy,
    private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.handled = metrics.counter({
      name: 'reaction_messages_total',
      help: 'Messages answered by a reaction, by outcome (handled, again, dead)',
      labelNames: ['reaction', 'outcome'],
    });
    this.redelivered = metrics.counter({
      name: 'reaction_redelivered_total',
      help: 'Messages that the broker delivered to the reaction more than once',
      labelNames: ['reaction'],
    });
  }

  /**
   * Every message is answered when this returns.
   *
   * @throws the infrastructure's error when it is in the way; what is not answered then must be given back
   */
  async handle(messages: ReceivedMessage[]): Promise<void> {
    const redelivered = messages.filter(({ deliveries }) => deliveries > 1).length;
    if (redelivered > 0) this.redelivered.inc({ reaction: this.reaction.durable }, redelivered);
    const readable: ReceivedMessage[] = [];
    for (const message of messages) {
      if (message.faults.length > 0) await this.buryInvalid(message);
      else if (message.isOlderCompanion) message.ack();
      else readable.push(message);
    }
    const suspects = await this.suspects(readable);
    const others = readable.filter((message) => !suspects.has(message));
    if (others.length > 0) await this.handleTogether(others);
    for (const suspect of suspects) await this.handleSuspect(suspect);
  }

  private async handleTogether(batch: ReceivedMessage[], conflicts = 0): Promise<void> {
    try {
      await this.commit(batch);
    } catch (error) {
      if (isConflictError(error) && conflicts < CONFLICT_RETRIES) return this.handleTogether(batch, conflicts + 1);
      const failure = classify(error);
      if (failure === 'infrastructure') throw error;
      if (batch.length > 1) {
        for (const message of batch) await this.handleTogether([message]);
        return;
      }
      const message = batch[0]!;
      const counted = await countAttempt(this.database, this.reaction.durable, message.fact.id, describe(error));
      await this.answerFailure(message, error, failure, counted);
      return;
    }
    for (const message of batch) message.ack();
    this.count('handled', batch.length);
  }

  /** Inbox, handler and facts in one transaction; one round trip tells which messages are new. */
  private commit(batch: ReceivedMessage[]): Promise<void> {
    return this.transactions.run(async (tx) => {
      const byId = new Map(batch.map((message) => [message.fact.id, message]));
      const fresh = await insertInbox(tx, this.reaction.durable, [...byId.keys()]);
      const redelivered = batch.filter(({ deliveries }) => deliveries > 1).map(({ fact }) => fact.id);
      if (redelivered.length > 0) await forgetAttempts(tx, this.reaction.durable, redelivered);
      const facts = [...byId.values()].map(({ fact }) => fact).filter(({ id }) => fresh.has(id));
      if (facts.length > 0) await this.reaction.handle(facts, tx);
    });
  }

  /** Its attempt is committed before it runs: if the process dies of it, the attempt counts. */
  private async handleSuspect(message: ReceivedMessage): Promise<void> {
    const { durable } = this.reaction;
    const counted = await countAttempt(this.database, durable, message.fact.id, 'began; no outcome was recorded');
    if (counted.attempts > this.retry.backoffMs.length + 1) {
      return this.bury(message, 'exhausted', 'It was delivered again and again without any outcome', counted);
    }
    try {
      await this.commit([message]);
      message.ack();
      this.count('handled');
    } catch (error) {
      const failure = classify(error);
      if (failure === 'infrastructure') {
        await takeBackAttempt(this.database, durable, message.fact.id);
        throw error;
      }
      await correctAttempt(this.database, durable, message.fact.id, describe(error));
      counted.log.at(-1)!.error = describe(error);
      await this.answerFailure(message, error, failure, counted);
    }
  }

  private async answerFailure(
    message: ReceivedMessage,
    error: unknown,
    failure: 'permanent' | 'failed',
    counted: FailedAttempts,
  ): Promise<void> {
    if (failure === 'permanent') return this.bury(message, 'unprocessable', describe(error), counted);
    const pause = this.retry.backoffMs[counted.attempts - 1];
    if (pause === undefined) return this.bury(message, 'exhausted', describe(error), counted);
    this.log.warn(
      { err: error, ...this.about(message), attempt: counted.attempts, nextInMs: pause },
      'A reaction failed and is tried again',
    );
    message.giveBack(pause);
    this.count('again');
  }

  private buryInvalid(message: ReceivedMessage): Promise<void> {
    const error = message.faults.join('; ').slice(0, 2_000);
    const attempts = [{ number: 1, at: new Date().toISOString(), error }];
    return this.bury(message, 'invalid', error, { attempts: 1, log: attempts });
  }

  /** Stored durably first; only then the broker may forget it. */
  private async bury(
    message: ReceivedMessage,
    reason: DeadReason,
    error: string,
    counted: FailedAttempts,
  ): Promise<void> {
    const burial: Burial = {
      reaction: this.reaction.durable,
      fact: message.fact,
      reason,
      error,
      attempts: counted.log,
    };
    await this.transactions.run((tx) => insertDeadLetter(tx, burial));
    this.log.error({ ...this.about(message), reason, error }, 'A fact went to the dead letters');
    message.terminate();
    this.count('dead');
  }

  private async suspects(messages: ReceivedMessage[]): Promise<Set<ReceivedMessage>> {
    const candidates = messages.filter(({ deliveries }) => deliveries > UNEXPLAINED_DELIVERIES);
    if (candidates.length === 0) return new Set();
    const known = await readAttempts(
      this.database,
      this.reaction.durable,
      candidates.map(({ fact }) => fact.id),
    );
    return new Set(
      candidates.filter(
        ({ deliveries, fact }) => deliveries - 1 - (known.get(fact.id)?.attempts ?? 0) >= UNEXPLAINED_DELIVERIES,
      ),
    );
  }

  private count(outcome: 'handled' | 'again' | 'dead', messages = 1): void {
    this.handled.inc({ reaction: this.reaction.durable, outcome }, messages);
  }

  private about({ fact, deliveries }: ReceivedMessage): Record<string, unknown> {
    return {
      reaction: this.reaction.durable,
      eventId: fact.id,
      eventType: fact.type,
      correlationId: fact.correlationId,
      deliveries,
    };
  }
}
