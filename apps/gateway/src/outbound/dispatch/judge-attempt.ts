import type { AttemptOutcome } from '../sending/attempt.js';
import type { Attempted } from './attempted.js';
import type { DueDelivery } from './due-delivery.js';
import type { Lane } from './lane.js';
import { verdictOf } from './verdict.js';

interface Sent {
  lane: Lane;
  delivery: DueDelivery;
  startedAt: Date;
  outcome: AttemptOutcome;
  traceparent: string | undefined;
}

/**
 * What an attempt's outcome means for its delivery and, at once, for its endpoint: what is sent next goes by it before
 * anything is recorded.
 *
 * @param random a number from 0 to 1, for the jitter
 */
export function judgeAttempt(sent: Sent, { now, random }: { now: number; random: number }): Attempted {
  const { lane, delivery, outcome } = sent;
  const verdict = verdictOf(outcome, delivery.tries + 1, lane.target.retryScheduleSeconds, { now, random });
  if (verdict.endpointPauseSeconds !== undefined) lane.health.pause(now + verdict.endpointPauseSeconds * 1_000);
  if (outcome.outcome === 'delivered') {
    lane.health.succeeded(now);
    return { ...sent, verdict };
  }
  const isHopeless = lane.health.failed(now, verdict.unavailable);
  if (verdict.next === 'disable') return { ...sent, verdict, disable: 'gone' };
  if (!isHopeless) return { ...sent, verdict };
  return { ...sent, verdict: { ...verdict, status: 'held', next: 'disable', pauseSeconds: null }, disable: 'failing' };
}
