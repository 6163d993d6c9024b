/** How far behind its schedule a sender may catch up: timers are late by milliseconds. */
const CATCH_UP_MS = 10;

/** So many a second, spread evenly: whoever was slow may not make up for it in a burst. */
export class RateLimiter {
  private readonly intervalMs: number;

  /** @param nextAt a limiter of an unknown past begins one interval later */
  constructor(
    readonly perSecond: number,
    private nextAt: number,
  ) {
    this.intervalMs = 1_000 / perSecond;
  }

  /** Milliseconds until the next may go; 0: now. */
  wait(now: number): number {
    return Math.max(0, this.nextAt - now);
  }

  take(now: number): void {
    this.nextAt = Math.max(this.nextAt, now - CATCH_UP_MS) + this.intervalMs;
  }
}
