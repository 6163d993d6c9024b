const FIRST_MS = 250;
const MOST_MS = 10_000;
/** Of the wait, so much is left to chance: those who were sent away together do not come back together. */
const SPREAD = 0.25;

/**
 * Whether an answer is the last word, or the same is to be asked again.
 *
 * @param {{ status: number, retryAfter?: string }} answer
 */
export const isFinal = ({ status, retryAfter }) =>
  status < 500 && status !== 429 && (status !== 409 || retryAfter === undefined);

/**
 * Asks until there is a final answer: as long as the server said, otherwise twice as long each time. Whoever is told by
 * 429 or 503 when to come again is told for all, who share one key.
 *
 * @param {object} world
 * @param {(method: string, path: string, options?: object) => Promise<{ status: number, retryAfter?: string, body: any }>} world.ask
 * @param {(ms: number) => Promise<void>} world.pause rejects when nothing is asked any more
 * @param {() => number} world.now milliseconds
 * @param {() => number} world.random from 0 to 1
 */
export function patience({ ask, pause, now, random }) {
  let closedUntil = 0;
  const spread = (ms) => ms * (1 + SPREAD * random());

  const untilOpen = async () => {
    while (closedUntil > now()) await pause(spread(closedUntil - now()));
  };

  return {
    /**
     * @param {string} method
     * @param {string} path
     * @param {object} [options]
     * @param {(status: number | undefined) => void} [notAnswered] told of each answer that is not final; undefined: none came
     * @returns {Promise<{ status: number, body: any }>} the final answer
     */
    async ask(method, path, options, notAnswered = () => {}) {
      for (let tries = 0; ; tries += 1) {
        await untilOpen();
        const answer = await ask(method, path, options).catch(() => undefined);
        if (answer && isFinal(answer)) return answer;
        notAnswered(answer?.status);
        const seconds = /^\d{1,5}$/.test(answer?.retryAfter ?? '') ? Math.max(1, Number(answer.retryAfter)) : undefined;
        if (seconds === undefined) {
          await pause(spread(Math.min(MOST_MS, FIRST_MS * 2 ** tries)));
        } else if (answer.status === 409) {
          await pause(spread(seconds * 1_000));
        } else {
          closedUntil = Math.max(closedUntil, now() + seconds * 1_000);
        }
      }
    },
  };
}
