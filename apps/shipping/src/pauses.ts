/** Seconds to wait after so many failures in a row; the last pause repeats. */
export const pauseAfter = (failures: number, pauses: readonly number[]): number =>
  pauses[Math.min(Math.max(failures, 1), pauses.length) - 1]!;
