import type { AttemptOutcome } from '../sending/attempt.js';

/** One HTTP try of a delivery, as its owner sees it. */
export interface AttemptView extends AttemptOutcome {
  number: number;
  startedAt: string;
  next: 'none' | 'retry' | 'disable';
  nextAttemptAt: string | null;
}

type Attempt = Omit<AttemptView, 'startedAt' | 'nextAttemptAt'> & { startedAt: Date; nextAttemptAt: Date | null };

const tenths = (ms: number | null): number | null => (ms === null ? null : Math.round(ms * 10) / 10);

export function attemptView(attempt: Attempt): AttemptView {
  const { dns, connect, tls, firstByte, total } = attempt.durationMs;
  return {
    number: attempt.number,
    startedAt: attempt.startedAt.toISOString(),
    durationMs: {
      dns: tenths(dns),
      connect: tenths(connect),
      tls: tenths(tls),
      firstByte: tenths(firstByte),
      total: tenths(total)!,
    },
    outcome: attempt.outcome,
    status: attempt.status,
    responseHeaders: attempt.responseHeaders,
    responseBody: attempt.responseBody,
    truncated: attempt.truncated,
    error: attempt.error,
    next: attempt.next,
    nextAttemptAt: attempt.nextAttemptAt?.toISOString() ?? null,
  };
}
