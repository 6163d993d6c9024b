export interface VerificationTime {
  /** Unix seconds. */
  now: number;
  /** How far the sender's clock may be off, to either side. */
  toleranceSeconds?: number;
}

/** Why a message of this time (Unix seconds) is not one of now, if it is not. */
export function untimely(timestamp: number, { now, toleranceSeconds = 300 }: VerificationTime): string | undefined {
  const age = now - timestamp;
  if (Math.abs(age) <= toleranceSeconds) return undefined;
  return `is more than ${toleranceSeconds} s ${age > 0 ? 'old' : 'ahead'}`;
}
