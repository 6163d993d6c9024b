import { type Logger, withoutTrace } from '@hookshop/observability';

/** Work that is done again and again, never twice at a time, and at once when woken. */
export class Periodic {
  private timer?: NodeJS.Timeout;
  private running?: Promise<void>;
  private again = false;
  private stopped = true;

  /** @param work a failure is logged and the work is done again after the pause */
  constructor(
    private readonly name: string,
    private readonly pauseMs: number,
    private readonly work: () => Promise<void>,
    private readonly log: Logger,
  ) {}

  start(): void {
    this.stopped = false;
    this.schedule(0);
  }

  wake(): void {
    if (this.stopped) return;
    if (this.running) this.again = true;
    else this.schedule(0);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private schedule(delayMs: number): void {
    clearTimeout(this.timer);
    if (this.stopped) return;
    // Whoever woke it does not do its work: that belongs to nobody's trace.
    this.timer = withoutTrace(() => setTimeout(() => this.begin(), delayMs));
    // Nothing but a timer left means the process is done.
    this.timer.unref();
  }

  private begin(): void {
    this.running = this.once().finally(() => {
      this.running = undefined;
      this.schedule(this.again ? 0 : this.pauseMs);
      this.again = false;
    });
  }

  private async once(): Promise<void> {
    try {
      await this.work();
    } catch (error) {
      this.log.warn({ err: error }, `${this.name} failed and is tried again`);
    }
  }
}
