/** Behind by more than this, the past is let go: a shop that comes back is not overrun by what it missed. */
const MOST_BEHIND_MS = 1_000;

/**
 * Turns at a steady rate, shared by all who ask.
 *
 * @param {number} perSecond
 * @param {() => number} now milliseconds
 */
export function pace(perSecond, now) {
  const everyMs = 1_000 / perSecond;
  let next = now();
  return {
    /** Takes the next turn; how many milliseconds it is away. */
    turn() {
      next = Math.max(next, now() - MOST_BEHIND_MS);
      const wait = Math.max(0, next - now());
      next += everyMs;
      return wait;
    },
  };
}
