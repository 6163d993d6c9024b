import type { ShopDescription } from './shop.mjs';

export interface Invariant {
  name: string;
  ok: boolean;
  /** What was found. */
  detail: string;
}

export function checkInvariants(
  shop: ShopDescription,
  allowed?: { handOverWasKilled?: boolean; provokedDeadLetters?: number },
): Promise<Invariant[]>;

/** Those that do not hold, with what was found. */
export function broken(checks: Invariant[]): string[];
