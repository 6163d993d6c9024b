import type { Logger, Metrics } from '@hookshop/observability';
import type { Database } from '@hookshop/persistence';
import type { BrokerConnection } from '../jetstream/broker-connection.js';
import type { Lease } from '../leases/lease.js';
import { Periodic } from '../periodic.js';
import { measureBacklog } from './measure-backlog.js';
import type { OutboxRelay } from './outbox-relay.js';
import { selectLeftBehind } from './select-left-behind.js';

const PAUSE_MS = 500;
/** Measuring reads tens of thousands of rows where so many wait: not with every batch. */
const MEASURE_MS = 500;
const BATCH = 500;

export interface SweepLimits {
  /** Age from which a fact counts as left behind by the process that committed it. */
  leftBehindMs: number;
  /** Facts that may wait before nothing new is accepted. */
  maxBacklog: number;
}

/** Publishes what a crash or an outage left in the outbox, and knows how much waits there. */
export class OutboxSweeper {
  private readonly periodic: Periodic;
  private backlog = 0;

  constructor(
    private readonly parts: { relay: OutboxRelay; broker: BrokerConnection; database: Database; lease: Lease },
    private readonly limits: SweepLimits,
    log: Logger,
    metrics: Metrics,
  ) {
    const gauge = (name: string, help: string) => metrics.gauge({ name, help });
    this.facts = gauge('outbox_backlog', 'Facts committed and not acknowledged by the broker yet');
    this.age = gauge('outbox_oldest_age_seconds', 'Age of the oldest fact in the outbox');
    this.aside = gauge('outbox_set_aside', 'Facts that can never be published and need a person');
    this.periodic = new Periodic('The sweep of the outbox', PAUSE_MS, () => this.sweep(), log);
    parts.broker.whenBack(() => this.periodic.wake());
  }

  private readonly facts;
  private readonly age;
  private readonly aside;

  /** Too many facts wait: what is accepted now could not be kept for long. */
  get isFull(): boolean {
    return this.backlog >= this.maxBacklog;
  }

  get maxBacklog(): number {
    return this.limits.maxBacklog;
  }

  start(): void {
    this.periodic.start();
  }

  async stop(): Promise<void> {
    await this.periodic.stop();
    await this.parts.lease.release().catch(() => undefined);
  }

  private async sweep(): Promise<void> {
    const { relay, broker, database, lease } = this.parts;
    await this.measure();
    // An idle shop must not write to its disk: the lease is taken only when there is something to sweep.
    if (this.backlog === 0 || !broker.current || !(await lease.take())) return;
    let oldest: string | undefined;
    let measuredAt = performance.now();
    while (broker.current) {
      const leftBehind = await selectLeftBehind(database, this.limits.leftBehindMs, BATCH);
      // The same head again means that the broker takes nothing now (a full stream, say): try after the pause.
      if (leftBehind.length === 0 || leftBehind[0]!.id === oldest) return;
      oldest = leftBehind[0]!.id;
      await broker.restoreStream();
      await relay.bring(leftBehind);
      if (performance.now() - measuredAt >= MEASURE_MS) {
        await this.measure();
        measuredAt = performance.now();
      }
      if (leftBehind.length < BATCH || !(await lease.take())) return;
    }
  }

  private async measure(): Promise<void> {
    const { facts, oldestAgeSeconds, setAside } = await measureBacklog(this.parts.database, this.maxBacklog);
    this.backlog = facts;
    this.facts.set(facts);
    this.age.set(oldestAgeSeconds);
    this.aside.set(setAside);
  }
}
