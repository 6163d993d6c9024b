import { setTimeout as pause } from 'node:timers/promises';

/** Asks again every few milliseconds until the answer is truthy and returns it; undefined when time is up. */
export async function until(question, { timeoutMs, everyMs = 20 }) {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    if (performance.now() >= deadline) return undefined;
    await pause(everyMs);
  }
}
