import { randomInt } from 'node:crypto';

/** Randomness that can be repeated: the seed is HOOKSHOP_SEED, or a new one. */
export function seededRandom(seed = Number(process.env['HOOKSHOP_SEED'] ?? randomInt(2 ** 31))) {
  let state = seed >>> 0;
  // mulberry32: small, and good enough to choose moments.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { seed, between: (least: number, most: number): number => least + Math.floor(next() * (most - least + 1)) };
}
