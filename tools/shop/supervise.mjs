const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** Who ran this long has recovered. */
const RECOVERED_MS = 60_000;

/**
 * Starts again what ends on its own, with a growing pause, and shows its last words.
 *
 * @returns {() => void} ends the supervision
 */
export function supervise(shop, log) {
  const timers = new Map();
  const falls = new Map();
  let ended = false;

  shop.onUnexpectedExit(({ name, code, signal }) => {
    if (ended) return;
    log(`${name} ended unexpectedly (${signal ?? `exit code ${code}`}). Its last words (${shop.logFile(name)}):`);
    log(shop.logTail(name, 15));
    again(name);
  });

  function again(name) {
    const { count = 0, at = 0 } = falls.get(name) ?? {};
    const row = performance.now() - at > RECOVERED_MS ? 0 : count;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** row, LONGEST_PAUSE_MS);
    falls.set(name, { count: row + 1, at: performance.now() + pauseMs });
    log(`starting ${name} again in ${pauseMs / 1_000} s`);
    timers.set(
      name,
      setTimeout(() => void rise(name), pauseMs),
    );
  }

  async function rise(name) {
    try {
      await shop.restart(name);
      log(`${name} is ready again`);
    } catch (error) {
      if (ended) return;
      log(error.message);
      again(name);
    }
  }

  return () => {
    ended = true;
    for (const timer of timers.values()) clearTimeout(timer);
  };
}
