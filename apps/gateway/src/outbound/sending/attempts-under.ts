export interface Stoppable {
  stop(): void;
}

const attemptsOf = new WeakMap<AbortSignal, Set<Stoppable>>();

/**
 * The attempts that end when a signal aborts; each leaves the set when it is over. One listener serves all of them: a
 * listener for each would cost more than the rest of an attempt, and Node warns of a leak from eleven on.
 */
export function attemptsUnder(signal: AbortSignal): Set<Stoppable> {
  let attempts = attemptsOf.get(signal);
  if (!attempts) {
    const all = (attempts = new Set<Stoppable>());
    attemptsOf.set(signal, all);
    signal.addEventListener('abort', () => [...all].forEach((attempt) => attempt.stop()), { once: true });
  }
  return attempts;
}
