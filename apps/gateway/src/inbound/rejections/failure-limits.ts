const WINDOW_MS = 60_000;
/** Addresses remembered at a time: a flood from everywhere must not fill the memory. */
const MOST_REMEMBERED = 10_000;

/** Counts failures by whom they are of, in windows of a minute. */
export class FailureLimits {
  private readonly failures = new Map<string, number>();
  private windowEnds = 0;

  /** @param most failures of one in a minute that are within the limit */
  constructor(
    private readonly most: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** Counts a failure; tells whether it is within the limit. */
  admit(who: string): boolean {
    const now = this.now();
    if (now >= this.windowEnds) {
      this.failures.clear();
      this.windowEnds = now + WINDOW_MS;
    }
    const failures = (this.failures.get(who) ?? 0) + 1;
    if (failures === 1 && this.failures.size >= MOST_REMEMBERED) return false;
    this.failures.set(who, failures);
    return failures <= this.most;
  }

  /** Whole seconds until failures are counted anew. */
  get secondsLeft(): number {
    return Math.max(1, Math.ceil((this.windowEnds - this.now()) / 1_000));
  }
}
