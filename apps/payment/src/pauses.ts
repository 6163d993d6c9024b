/** Seconds to wait before the provider is asked again. */
export interface Pauses {
  /** After a charge or cancellation whose outcome is unknown; the last repeats. */
  charge: readonly number[];
  /** Between looks at something that only time, the customer or a bank can decide; the last repeats. */
  check: readonly number[];
  /** After each refused refund; after the last one it is given up. For refunds whose outcome is unknown the last repeats. */
  refund: readonly number[];
}

/** The pause after so many attempts; the last repeats. */
export const pauseAfter = (attempts: number, pauses: readonly number[]): number =>
  pauses[Math.min(Math.max(attempts, 1), pauses.length) - 1]!;
