import type { ExportResult } from '@opentelemetry/core';
import type { Counter } from 'prom-client';
import type { Logger } from '../logger.js';
import { withoutTrace } from '../trace-context.js';

/** Those that wait at most: what is more is dropped, since nothing may wait for a collector. */
const MOST_WAITING = 8_192;
const BATCH = 512;
const PAUSE_MS = 1_000;
/** How long a stop waits for the last of them. */
const CLOSE_MS = 2_000;

type Outcome = 'exported' | 'failed' | 'dropped';

/** What is needed of OpenTelemetry's exporters. */
export interface Export<T> {
  export(batch: T[], done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
}

/** Brings what it is given to a collector, in batches, one at a time, and holds nobody up. */
export class ExportQueue<T> {
  private readonly waiting: T[] = [];
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> | undefined;
  private closing = false;
  private failing = false;

  /** @param what it brings there, for the log */
  constructor(
    private readonly what: 'traces' | 'logs',
    private readonly exporter: Export<T>,
    private readonly counter: Counter<'outcome'>,
    private readonly log: Logger,
  ) {}

  add(item: T): void {
    if (this.closing || this.waiting.length >= MOST_WAITING) return this.count('dropped', 1);
    this.waiting.push(item);
    if (this.waiting.length >= BATCH) void this.send();
    else this.sendSoon();
  }

  async close(): Promise<void> {
    this.closing = true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_MS)));
    await Promise.race([this.sendTheRest(), late]);
    clearTimeout(timer);
    this.waiting.length = 0;
  }

  private async sendTheRest(): Promise<void> {
    while (this.waiting.length > 0 || this.sending !== undefined) await this.send();
    await this.exporter.shutdown().catch(() => undefined);
  }

  private sendSoon(): void {
    if (this.sending === undefined) this.timer ??= setTimeout(() => void this.send(), PAUSE_MS).unref();
  }

  private send(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    // On behalf of all of them: it is no part of the trace of the one that came last.
    return (this.sending ??= withoutTrace(() => this.sendBatches()).finally(() => {
      this.sending = undefined;
      if (this.waiting.length > 0) this.sendSoon();
    }));
  }

  private async sendBatches(): Promise<void> {
    do {
      const batch = this.waiting.splice(0, BATCH);
      this.tell(await this.export(batch), batch.length);
    } while (this.waiting.length >= BATCH);
  }

  private export(batch: T[]): Promise<ExportResult> {
    return new Promise<ExportResult>((resolve) => this.exporter.export(batch, resolve)).catch((error: Error) => ({
      code: 1,
      error,
    }));
  }

  /** Counts them, and says once when the collector takes nothing and once when it does again. */
  private tell({ code, error }: ExportResult, size: number): void {
    const failed = code !== 0;
    this.count(failed ? 'failed' : 'exported', size);
    if (failed === this.failing) return;
    this.failing = failed;
    if (failed) this.log.warn({ err: error }, `The collector does not take ${this.what}`);
    else this.log.info(`The collector takes ${this.what} again`);
  }

  private count(outcome: Outcome, size: number): void {
    this.counter.inc({ outcome }, size);
  }
}
