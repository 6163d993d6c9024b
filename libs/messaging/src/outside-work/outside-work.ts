import { Inject } from '@nestjs/common';
import { Logger, Metrics, Tracer, withoutTrace, withTrace } from '@hookshop/observability';
import { GroupCommit } from '@hookshop/persistence';
import { Periodic } from '../periodic.js';
import type { Transaction } from '../transaction.js';
import { Transactions } from '../transactions.js';
import { Work } from './work.js';

/** What a piece of work is about, for its line in the log and its span: ids, never what a person wrote. */
export interface WorkSubject {
  /** Ids by their names in logs: `{ paymentId, orderId }`. */
  ids: Record<string, string>;
  /** Number of this attempt, from 1, where they are counted. */
  attempt?: number;
  correlationId?: string | undefined;
  /** W3C trace context of the fact that asked for it. */
  traceparent?: string | undefined;
}

/** A job that was performed. */
export interface Done<Job, Outcome> {
  job: Job;
  outcome: Outcome;
  /** The span of the attempt: what is stated in consequence belongs below it. Undefined where nothing is recorded. */
  traceparent?: string | undefined;
}

interface Leased<Job> {
  job: Job;
  leasedUntil: number;
}

/** How long a stop waits for what is under way. */
const STOP_MS = 10_000;

/**
 * Slow or outside work: a provider, a mail server, a partner. The intent was committed first, in a row with a lease;
 * here it is performed without any transaction open, and the outcome is committed with its fact. A process that dies
 * in between leaves a lease that ends, and the work is done again with the same idempotency key.
 */
export abstract class OutsideWork<Job, Outcome> extends Work {
  /** For logs and metrics. */
  abstract readonly name: string;
  /** Most jobs performed at the same time by this process. */
  concurrency = 16;
  /** How long a job belongs to the process that claimed it. */
  leaseSeconds = 30;
  /** Pause between looks for due jobs that nobody handed over. */
  pollSeconds = 1;

  @Inject(Transactions) protected readonly transactions: Transactions;
  @Inject(Logger) protected readonly log: Logger;
  @Inject(Metrics) private readonly metrics: Metrics;
  @Inject(Tracer) private readonly tracer: Tracer;
  private readonly waiting: Leased<Job>[] = [];
  private readonly underWay = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private settlement: GroupCommit<Done<Job, Outcome>, void>;
  private polling: Periodic;
  private started = false;

  /** Lease up to `limit` due jobs with one `UPDATE … FOR UPDATE SKIP LOCKED … RETURNING` on the database's clock. */
  protected abstract claim(limit: number, leaseSeconds: number): Promise<Job[]>;

  /** No transaction is open here. Failures are outcomes too; a throw leaves the job to its lease. */
  protected abstract perform(job: Job, signal: AbortSignal): Promise<Outcome>;

  /** Commit several outcomes with their facts. When it throws, they are settled one by one. */
  protected abstract settle(done: Done<Job, Outcome>[], tx: Transaction): Promise<void>;

  /** What a job is about. */
  protected abstract about(job: Job): WorkSubject;

  /** What became of it, in one word of few: `captured`, `declined`, `unresolved`. */
  protected abstract wordFor(outcome: Outcome): string;

  /** Why it has to be done again, or by a person; fit for the log. Undefined when it came to an end as it may. */
  protected troubleIn(_outcome: Outcome): string | undefined {
    return undefined;
  }

  /** Hands over jobs this process has just committed with a lease of its own: no query is needed to find them. */
  take(jobs: readonly Job[]): void {
    const leasedUntil = performance.now() + this.leaseSeconds * 1000;
    for (const job of jobs) this.waiting.push({ job, leasedUntil });
    this.pump();
  }

  /** There may be due jobs: look now. */
  wake(): void {
    this.polling?.wake();
  }

  start(): void {
    this.settlement = new GroupCommit((done) =>
      this.transactions.run(async (tx) => {
        await this.settle(done, tx);
        return done.map(() => undefined);
      }),
    );
    this.polling = new Periodic(this.name, this.pollSeconds * 1000, () => this.claimDue(), this.log);
    this.started = true;
    this.polling.start();
    this.pump();
  }

  /** Begins nothing new and lets what is under way finish; what does not is left to its lease. */
  async stop(): Promise<void> {
    this.started = false;
    await this.polling?.stop();
    this.waiting.length = 0;
    const deadline = setTimeout(() => this.stopping.abort(), STOP_MS);
    await Promise.all(this.underWay);
    clearTimeout(deadline);
  }

  private async claimDue(): Promise<void> {
    for (;;) {
      const limit = 2 * this.concurrency - this.waiting.length - this.underWay.size;
      if (limit <= 0 || !this.started) return;
      const jobs = await this.claim(limit, this.leaseSeconds);
      this.take(jobs);
      if (jobs.length < limit) return;
      await Promise.race(this.underWay);
    }
  }

  private pump(): void {
    while (this.started && this.underWay.size < this.concurrency && this.waiting.length > 0) {
      const next = this.waiting.shift()!;
      // Too little of the lease is left to finish in it: the next claim gets a fresh one.
      if (next.leasedUntil - performance.now() < (this.leaseSeconds * 1000) / 2) continue;
      const work = this.workOff(next).finally(() => {
        this.underWay.delete(work);
        this.pump();
      });
      this.underWay.add(work);
    }
  }

  private workOff({ job, leasedUntil }: Leased<Job>): Promise<void> {
    const { correlationId, traceparent: parent } = this.about(job);
    if (parent === undefined) return withoutTrace(() => this.attempt(job, leasedUntil, undefined));
    const traceparent = this.tracer.below(parent);
    const trace = { traceparent: traceparent ?? parent, correlationId };
    return withTrace(trace, () => this.attempt(job, leasedUntil, traceparent));
  }

  private async attempt(job: Job, leasedUntil: number, traceparent: string | undefined): Promise<void> {
    const began = performance.now();
    const startedAt = this.tracer.now();
    const leaseEnd = new AbortController();
    const timer = setTimeout(() => leaseEnd.abort(), Math.max(0, leasedUntil - began));
    let result = 'done';
    const told: Told = { traceparent, startedAt, outcome: 'left to its lease' };
    try {
      const outcome = await this.perform(job, AbortSignal.any([this.stopping.signal, leaseEnd.signal]));
      await this.settlement.run({ job, outcome, traceparent });
      told.outcome = this.wordFor(outcome);
      told.trouble = this.troubleIn(outcome);
    } catch (error) {
      result = 'left to its lease';
      told.failure = error;
    } finally {
      clearTimeout(timer);
      const seconds = (performance.now() - began) / 1000;
      this.durations.observe({ work: this.name, result }, seconds);
      this.tell(job, told, seconds * 1000);
    }
  }

  /** One wide line and one span for every attempt. */
  private tell(job: Job, { traceparent, startedAt, outcome, trouble, failure }: Told, durationMs: number): void {
    const { ids, attempt, correlationId, traceparent: parent } = this.about(job);
    const level = failure !== undefined ? 'error' : trouble !== undefined ? 'warn' : 'info';
    if (this.log.isLevelEnabled(level)) {
      const line = { work: this.name, ...ids, attempt, outcome, durationMs: Math.round(durationMs * 10) / 10 };
      this.log[level]({ ...line, reason: trouble, err: failure }, lines[level]);
    }
    if (traceparent === undefined) return;
    this.tracer.record({
      name: this.name,
      kind: 'client',
      traceparent,
      parent,
      startedAt,
      attributes: {
        ...Object.fromEntries(Object.entries(ids).map(([name, id]) => [`hookshop.${snake(name)}`, id])),
        'hookshop.outcome': outcome,
        ...(attempt !== undefined && { 'hookshop.attempt': attempt }),
        ...(correlationId !== undefined && { 'hookshop.correlation_id': correlationId }),
      },
      error: failure !== undefined ? (failure as Error).name : trouble && outcome,
    });
  }

  private get durations() {
    return this.metrics.histogram({
      name: 'outside_work_seconds',
      help: 'From the start of a piece of outside work to its committed outcome',
      labelNames: ['work', 'result'],
    });
  }
}

interface Told {
  traceparent: string | undefined;
  startedAt: number;
  outcome: string;
  trouble?: string | undefined;
  failure?: unknown;
}

const lines = {
  info: 'Outside work done',
  warn: 'Outside work is tried again, or needs a person',
  error: 'Outside work has no recorded outcome and is done again',
} as const;

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
