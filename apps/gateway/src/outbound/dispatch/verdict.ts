import type { AttemptOutcome } from '../sending/attempt.js';
import { retryAfterSeconds } from './retry-after.js';
import { nextPause } from './retry-schedule.js';

/** What an attempt's outcome means for its delivery and its endpoint. */
export interface Verdict {
  /** `held`: its endpoint wants nothing more. */
  status: 'delivered' | 'pending' | 'exhausted' | 'held';
  next: 'none' | 'retry' | 'disable';
  /** Until the next attempt; null: there is none. */
  pauseSeconds: number | null;
  /** The endpoint asked for a pause of all its deliveries. */
  endpointPauseSeconds?: number;
  /** Nobody was there to take it, whatever it was. */
  unavailable: boolean;
}

/** The receiver is overloaded or away; other statuses speak of the message. */
const UNAVAILABLE = new Set([429, 502, 503, 504]);
const UNREACHED = new Set(['timeout', 'connection', 'tls', 'dns', 'blocked-address']);
const HEEDS_RETRY_AFTER = new Set([429, 503]);
const GONE = 410;

/**
 * @param attempts since the delivery was last opened, this one included
 * @param random a number from 0 to 1, for the jitter
 */
export function verdictOf(
  { outcome, status, error, responseHeaders }: AttemptOutcome,
  attempts: number,
  schedule: readonly number[] | null,
  { now, random }: { now: number; random: number },
): Verdict {
  if (outcome === 'delivered') return { status: 'delivered', next: 'none', pauseSeconds: null, unavailable: false };
  if (status === GONE) return { status: 'held', next: 'disable', pauseSeconds: null, unavailable: false };
  const unavailable = UNAVAILABLE.has(status ?? 0) || UNREACHED.has(error?.class ?? '');
  const asked = HEEDS_RETRY_AFTER.has(status ?? 0) ? retryAfterSeconds(responseHeaders['retry-after'], now) : undefined;
  const pause = nextPause(attempts, schedule, random);
  const ofEndpoint = asked === undefined ? {} : { endpointPauseSeconds: asked };
  if (pause === undefined) return { status: 'exhausted', next: 'none', pauseSeconds: null, unavailable, ...ofEndpoint };
  return {
    status: 'pending',
    next: 'retry',
    pauseSeconds: Math.max(pause, asked ?? 0),
    unavailable,
    ...ofEndpoint,
  };
}
