import { isConflictError } from '@hookshop/persistence';
import type { Database } from '@hookshop/persistence';
import { type Burial, insertDeadLetter, type DeadReason } from '../dead-letter/insert-dead-letter.js';
import { insertInbox } from '../inbox/insert-inbox.js';
import type { Transactions } from '../transactions.js';
import type { Attempt, Attempts } from './attempts.js';
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
  constructor(
    private readonly reaction: Reaction,
    private readonly transactions: Transactions,
    private readonly database: Database,
    private readonly retry: RetryPolicy,
    private readonly attempts: Attempts,
  ) {}

  /**
   * Every message is answered when this returns.
   *
   * @throws the infrastructure's error when it is in the way; what is not answered then must be given back
   */
  async handle(messages: ReceivedMessage[]): Promise<void> {
    this.attempts.arrived(messages);
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
    const attempts = this.attempts.begin(batch);
    try {
      await this.commit(attempts);
    } catch (error) {
      if (isConflictError(error) && conflicts < CONFLICT_RETRIES) return this.handleTogether(batch, conflicts + 1);
      const failure = classify(error);
      if (failure === 'infrastructure') throw error;
      if (batch.length > 1) {
        for (const message of batch) await this.handleTogether([message]);
        return;
      }
      const counted = await countAttempt(this.database, this.reaction.durable, batch[0]!.fact.id, describe(error));
      await this.answerFailure(attempts[0]!, error, failure, counted);
    }
  }

  /** Inbox, handler and facts in one transaction; one round trip tells which messages are new. Then all are answered. */
  private async commit(attempts: Attempt[]): Promise<void> {
    const byId = new Map(attempts.map((attempt) => [attempt.fact.id, attempt]));
    const fresh = await this.transactions.run(async (tx) => {
      const inserted = await insertInbox(tx, this.reaction.durable, [...byId.keys()]);
      const redelivered = attempts.filter(({ message }) => message.deliveries > 1).map(({ fact }) => fact.id);
      if (redelivered.length > 0) await forgetAttempts(tx, this.reaction.durable, redelivered);
      const facts = [...byId.values()].map(({ fact }) => fact).filter(({ id }) => inserted.has(id));
      if (facts.length > 0) await this.reaction.handle(facts, tx);
      return inserted;
    });
    for (const { message } of attempts) message.ack();
    for (const attempt of attempts) {
      const isNew = fresh.has(attempt.fact.id) && byId.get(attempt.fact.id) === attempt;
      this.attempts.end(attempt, isNew ? 'handled' : 'duplicate', { batch: attempts.length });
    }
  }

  /** Its attempt is committed before it runs: if the process dies of it, the attempt counts. */
  private async handleSuspect(message: ReceivedMessage): Promise<void> {
    const { durable } = this.reaction;
    const counted = await countAttempt(this.database, durable, message.fact.id, 'began; no outcome was recorded');
    const [attempt] = this.attempts.begin([message]) as [Attempt];
    if (counted.attempts > this.retry.backoffMs.length + 1) {
      return this.bury(attempt, 'exhausted', 'It was delivered again and again without any outcome', counted);
    }
    try {
      await this.commit([attempt]);
    } catch (error) {
      const failure = classify(error);
      if (failure === 'infrastructure') {
        await takeBackAttempt(this.database, durable, message.fact.id);
        throw error;
      }
      await correctAttempt(this.database, durable, message.fact.id, describe(error));
      counted.log.at(-1)!.error = describe(error);
      await this.answerFailure(attempt, error, failure, counted);
    }
  }

  private async answerFailure(
    attempt: Attempt,
    error: unknown,
    failure: 'permanent' | 'failed',
    counted: FailedAttempts,
  ): Promise<void> {
    if (failure === 'permanent') return this.bury(attempt, 'unprocessable', error, counted);
    const pause = this.retry.backoffMs[counted.attempts - 1];
    if (pause === undefined) return this.bury(attempt, 'exhausted', error, counted);
    attempt.message.giveBack(pause);
    this.attempts.end(attempt, 'again', { attempt: counted.attempts, nextInMs: pause, error });
  }

  private buryInvalid(message: ReceivedMessage): Promise<void> {
    const error = message.faults.join('; ').slice(0, 2_000);
    const attempts = [{ number: 1, at: new Date().toISOString(), error }];
    return this.bury(this.attempts.begin([message])[0]!, 'invalid', error, { attempts: 1, log: attempts });
  }

  /** Stored durably first; only then the broker may forget it. */
  private async bury(attempt: Attempt, reason: DeadReason, error: unknown, counted: FailedAttempts): Promise<void> {
    const burial: Burial = {
      reaction: this.reaction.durable,
      fact: attempt.message.fact,
      reason,
      error: typeof error === 'string' ? error : describe(error),
      attempts: counted.log,
    };
    await this.transactions.run((tx) => insertDeadLetter(tx, burial));
    attempt.message.terminate();
    this.attempts.end(attempt, 'dead', { attempt: counted.attempts, reason, error });
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
}
