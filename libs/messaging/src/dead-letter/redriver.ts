import { findContract } from '@hookshop/contracts';
import { inTrace, type Logger, type Tracer } from '@hookshop/observability';
import type { Database } from '@hookshop/persistence';
import type { Fact } from '../fact.js';
import { Periodic } from '../periodic.js';
import { classify, describe, nameOf, Unprocessable } from '../reactions/failure.js';
import type { Transaction } from '../transaction.js';
import type { Transactions } from '../transactions.js';

const PAUSE_MS = 2_000;

interface DeadFact {
  id: string;
  reaction: string;
  fact: Fact<unknown>;
}

/** One try at a dead letter. */
interface Redrive {
  dead: DeadFact;
  /** What the reaction is given: where the trace is recorded, what it states goes on from the redrive's own span. */
  fact: Fact<unknown>;
  startedAt: number;
}

/** Handles a dead fact again, in the transaction that removes its letter. */
export type Rehandle = (fact: Fact<unknown>, tx: Transaction) => Promise<void>;

/**
 * Gives dead letters that an operator asked for to their reaction again, and to it alone. The letter and the outcome
 * change together, so a crash in between leaves the letter.
 */
export class Redriver {
  private readonly periodic: Periodic;
  private readonly handlers = new Map<string, Rehandle>();

  constructor(
    private readonly transactions: Transactions,
    private readonly database: Database,
    private readonly log: Logger,
    private readonly tracer: Tracer,
  ) {
    this.periodic = new Periodic('The redrive of dead letters', PAUSE_MS, () => this.redriveAll(), log);
  }

  /** Says how dead facts of one reaction, or one kind of outside work, are handled again. */
  register(reaction: string, rehandle: Rehandle): void {
    this.handlers.set(reaction, rehandle);
  }

  start(): void {
    this.periodic.start();
  }

  wake(): void {
    this.periodic.wake();
  }

  stop(): Promise<void> {
    return this.periodic.stop();
  }

  private async redriveAll(): Promise<void> {
    while (await this.redriveNext());
  }

  private async redriveNext(): Promise<boolean> {
    const [next] = await this.database.query<{ id: string }>(
      `SELECT id FROM dead_letters WHERE redrive_requested_at IS NOT NULL ORDER BY redrive_requested_at, id LIMIT 1`,
    );
    if (!next) return false;
    const begun: { redrive?: Redrive } = {};
    try {
      await this.transactions.run(async (tx) => {
        const [dead] = await tx.query<DeadFact>(
          `DELETE FROM dead_letters WHERE id = $1 AND redrive_requested_at IS NOT NULL RETURNING id, reaction, fact`,
          [next.id],
        );
        // Another instance was faster, or it was discarded meanwhile.
        if (!dead) return;
        begun.redrive = this.begin(dead);
        await this.handle(begun.redrive, tx);
      });
      if (begun.redrive) this.end(begun.redrive, 'handled');
    } catch (error) {
      if (classify(error) === 'infrastructure') throw error;
      await this.keep(next.id, error);
      if (begun.redrive) this.end(begun.redrive, 'dead', error);
    }
    return true;
  }

  private begin(dead: DeadFact): Redrive {
    const own = this.tracer.below(dead.fact.traceparent);
    const fact = own === undefined ? dead.fact : { ...dead.fact, traceparent: own };
    return { dead, fact, startedAt: this.tracer.now() };
  }

  private async handle({ dead: { reaction }, fact }: Redrive, tx: Transaction): Promise<void> {
    const rehandle = this.handlers.get(reaction);
    if (!rehandle) throw new Unprocessable(`${reaction} does not exist any more: discard the dead letter`);
    const faults = findContract(fact.type)?.check(fact.data) ?? [];
    if (faults.length > 0) throw new Unprocessable(faults.join('; '));
    await rehandle(fact, tx);
  }

  /** As of every attempt, one wide line and one span. */
  private end({ dead, fact, startedAt }: Redrive, outcome: 'handled' | 'dead', error?: unknown): void {
    const endedAt = this.tracer.now();
    const line = {
      deadLetter: dead.id,
      reaction: dead.reaction,
      eventId: fact.id,
      eventType: fact.type,
      correlationId: fact.correlationId,
      outcome,
      durationMs: Math.round((endedAt - startedAt) * 10) / 10,
    };
    inTrace(fact, () => {
      if (outcome === 'handled') this.log.info(line, 'A dead letter was redriven');
      else this.log.warn({ ...line, err: error }, 'A redriven dead letter failed again and is kept');
    });
    if (!this.tracer.records(fact.traceparent)) return;
    this.tracer.record({
      name: `redrive ${dead.reaction}`,
      kind: 'consumer',
      traceparent: fact.traceparent,
      parent: dead.fact.traceparent,
      startedAt,
      endedAt,
      attributes: {
        'messaging.consumer.group.name': dead.reaction,
        'messaging.message.id': fact.id,
        'hookshop.outcome': outcome,
        ...(fact.correlationId !== undefined && { 'hookshop.correlation_id': fact.correlationId }),
      },
      error: outcome === 'dead' ? nameOf(error) : undefined,
    });
  }

  private async keep(id: string, error: unknown): Promise<void> {
    await this.database.query(
      `UPDATE dead_letters SET redrive_requested_at = NULL, error = $2,
         attempts = attempts || jsonb_build_object('number', jsonb_array_length(attempts) + 1, 'at', now(), 'error', $2::text)
       WHERE id = $1`,
      [id, describe(error).replaceAll('\0', '')],
    );
  }
}
