/** Work that is asked for more often than it can be done: one run at a time, and one more for all who asked meanwhile. */
export class SingleFlight {
  private running = false;
  private again = false;

  /** @param work failures are for the next run, which somebody will ask for */
  constructor(private readonly work: () => Promise<void>) {}

  run(): void {
    if (this.running) {
      this.again = true;
      return;
    }
    this.running = true;
    // Calls made in the same turn of the event loop are served by one run.
    setImmediate(() => {
      this.again = false;
      void this.work()
        .catch(() => undefined)
        .finally(() => {
          this.running = false;
          if (this.again) this.run();
        });
    });
  }
}
