import type { Logger } from '@hookshop/observability';
import { Work } from './outside-work/work.js';
import { Periodic } from './periodic.js';

const PAUSE_MS = 60_000;

/** Forgets what is past its time: a round every minute, a few rows at a time. */
export abstract class Retention extends Work {
  private readonly periodic: Periodic;
  private stopping = false;

  /** @param name for the log, where a round that fails is told of; the next one comes all the same */
  constructor(name: string, log: Logger) {
    super();
    this.periodic = new Periodic(name, PAUSE_MS, () => this.forget(), log);
  }

  /** One round: until nothing is left that is old enough. */
  abstract forget(): Promise<void>;

  override start(): void {
    this.periodic.start();
  }

  override async stop(): Promise<void> {
    this.stopping = true;
    await this.periodic.stop();
  }

  /**
   * Goes on as long as there is more, and the process does not stop.
   *
   * @param forgetSome forgets at most so many, and answers how many these were
   */
  protected async forgetAll(batch: number, forgetSome: (limit: number) => Promise<number>): Promise<void> {
    while (!this.stopping && (await forgetSome(batch)) === batch);
  }
}
