/** Seconds after the first, second, … attempt; then hourly. */
const first = [1, 5, 30, 120, 600];
const HOUR = 3_600;
const THREE_DAYS = 3 * 24 * HOUR;

/**
 * Seconds until a webhook is tried again whose attempt failed, as Stripe does it: soon at first, for three days.
 *
 * @param attempts made so far, at least 1
 * @param ageSeconds since it was owed
 * @returns null when it is given up
 */
export function secondsUntilRetry(attempts: number, ageSeconds: number): number | null {
  const seconds = first[attempts - 1] ?? HOUR;
  return ageSeconds + seconds > THREE_DAYS ? null : seconds;
}
