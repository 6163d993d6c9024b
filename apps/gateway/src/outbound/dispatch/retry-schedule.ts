/** Pauses in seconds before each retry: with the immediate first attempt ten attempts in about three days. */
export const DEFAULT_SCHEDULE: readonly number[] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/** So much earlier or later, that what failed together does not come back together. */
const JITTER = 0.2;

/**
 * Seconds until the next attempt after so many; undefined: that was the last.
 *
 * @param random a number from 0 to 1
 */
export function nextPause(attempts: number, schedule: readonly number[] | null, random: number): number | undefined {
  const pause = (schedule ?? DEFAULT_SCHEDULE)[attempts - 1];
  return pause === undefined ? undefined : pause * (1 - JITTER + 2 * JITTER * random);
}
