import type { AttemptOutcome } from '../sending/attempt.js';
import type { DueDelivery } from './due-delivery.js';
import type { Lane } from './lane.js';
import type { Verdict } from './verdict.js';

/** An attempt that is over, on its way into the database. */
export interface Attempted {
  lane: Lane;
  delivery: DueDelivery;
  startedAt: Date;
  outcome: AttemptOutcome;
  verdict: Verdict;
  /** Its span (W3C Trace Context), if the trace of its fact is recorded. */
  traceparent: string | undefined;
  /** Its endpoint is to be disabled for this. */
  disable?: 'gone' | 'failing';
}
