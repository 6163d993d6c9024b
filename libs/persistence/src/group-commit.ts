import { withoutTrace } from '@hookshop/observability';
import { CommitOutcomeUnknown, isConnectionError } from './database-errors.js';

interface Waiting<I, O> {
  input: I;
  resolve(outcome: O): void;
  reject(error: unknown): void;
}

export interface GroupLimits<I> {
  /** Most inputs of one group. Default 200. */
  max?: number;
  /** Groups committed at the same time. Default 1. */
  concurrency?: number;
  /** What an input weighs, bytes say, and the most that a group of several may. By default nothing is weighed. */
  weightOf?: (input: I) => number;
  maxWeight?: number;
}

/**
 * Calls that arrive while a group is being committed share the next commit; a lone call starts at once. Each call is
 * answered for itself: when a group fails, its members are tried one by one, so that a bad one never fails its
 * neighbours.
 */
export class GroupCommit<I, O> {
  private readonly waiting: Waiting<I, O>[] = [];
  private readonly max: number;
  private readonly concurrency: number;
  private readonly weightOf: (input: I) => number;
  private readonly maxWeight: number;
  private running = 0;

  /**
   * @param commit gets all inputs of a group, answers one outcome per input in the same order; an Error rejects only
   *   that call
   */
  constructor(
    private readonly commit: (inputs: I[]) => Promise<(O | Error)[]>,
    { max = 200, concurrency = 1, weightOf = () => 0, maxWeight = Infinity }: GroupLimits<I> = {},
  ) {
    this.max = max;
    this.concurrency = concurrency;
    this.weightOf = weightOf;
    this.maxWeight = maxWeight;
  }

  run(input: I): Promise<O> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ input, resolve, reject });
      this.startNext();
    });
  }

  private startNext(): void {
    if (this.running >= this.concurrency || this.waiting.length === 0) return;
    this.running += 1;
    // Calls made in the same turn of the event loop belong to the same group, and none of them to another's trace.
    withoutTrace(() =>
      setImmediate(() => {
        void this.commitGroup(this.nextGroup()).finally(() => {
          this.running -= 1;
          this.startNext();
        });
      }),
    );
  }

  private nextGroup(): Waiting<I, O>[] {
    let size = 0;
    let weight = 0;
    for (const { input } of this.waiting.slice(0, this.max)) {
      weight += this.weightOf(input);
      if (size > 0 && weight > this.maxWeight) break;
      size += 1;
    }
    return this.waiting.splice(0, size);
  }

  private async commitGroup(group: Waiting<I, O>[]): Promise<void> {
    try {
      const outcomes = await this.commit(group.map(({ input }) => input));
      group.forEach(({ resolve, reject }, index) => {
        const outcome = outcomes[index]!;
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      });
    } catch (error) {
      // Asking an unreachable database once per call would only keep everybody waiting; and a group whose outcome is
      // unknown must not be done again.
      const hopeless = isConnectionError(error) || error instanceof CommitOutcomeUnknown;
      if (hopeless || group.length === 1) group.forEach(({ reject }) => reject(error));
      else for (const alone of group) await this.commitGroup([alone]);
    }
  }
}
