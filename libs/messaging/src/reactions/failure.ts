import { isInfrastructureError } from '@hookshop/persistence';
import { InvalidFact } from '../transaction.js';

/** This fact can never be handled, however often it comes: it goes to the dead letters at once. */
export class Unprocessable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Unprocessable';
  }
}

/** The process is stopping; somebody else will handle it. */
export class Stopping extends Error {
  constructor() {
    super('The process is stopping');
    this.name = 'Stopping';
  }
}

/**
 * What a failure means, decided here and nowhere else.
 * - `permanent`: dead letter now
 * - `infrastructure`: not the fact's fault; again, without counting an attempt
 * - `failed`: again with backoff, dead letter after the last attempt
 */
export type FailureClass = 'permanent' | 'infrastructure' | 'failed';

export function classify(error: unknown): FailureClass {
  if (error instanceof Unprocessable || error instanceof InvalidFact) return 'permanent';
  if (error instanceof Stopping || isInfrastructureError(error)) return 'infrastructure';
  return 'failed';
}

export interface RetryPolicy {
  /** Pause before each further attempt, in milliseconds; one attempt more than pauses, then the dead letters. */
  backoffMs: readonly number[];
}

export const defaultRetryPolicy: RetryPolicy = {
  backoffMs: [200, 1_000, 5_000, 15_000, 60_000, 300_000, 900_000],
};

export const describe = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 2_000);

/** Of an error its name alone: its message may hold what somebody wrote. */
export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : describe(error).slice(0, 40));
