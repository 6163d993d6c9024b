/**
 * The database's time, in milliseconds since 1970: all instances agree on it, and it goes on evenly here even when this
 * machine's own clock is set to another time.
 */
export class DatabaseClock {
  private offset?: number;

  constructor(private readonly monotonic: () => number = () => performance.now()) {}

  /** Learns it from a statement's answer. What came late is the less exact one, so a clock goes by its newest answer. */
  set(databaseNow: Date): void {
    this.offset = databaseNow.getTime() - this.monotonic();
  }

  now(): number {
    return this.offset === undefined ? Date.now() : this.offset + this.monotonic();
  }
}
