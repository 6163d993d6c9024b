import { percentiles } from '../measure/percentiles.mjs';

const outcomes = ['placed', 'confirmed', 'cancelled', 'shipped', 'delivered'];
const fresh = () => ({
  ...Object.fromEntries(outcomes.map((outcome) => [outcome, 0])),
  confirmedInMs: [],
  refused: new Map(),
});

/** Counts what becomes of the orders, since the last line and since the beginning. */
export function tally(now) {
  const total = fresh();
  let recent = fresh();
  let since = now();
  const both = (change) => [total, recent].forEach(change);
  return {
    count: (outcome) => both((counts) => (counts[outcome] += 1)),
    /** @param {number} ms from the first request to place it until it was seen confirmed */
    confirmedWithin: (ms) => recent.confirmedInMs.push(ms),
    /** @param {number | undefined} status undefined: there was no answer */
    refuse(status) {
      const reason = status === undefined ? 'no answer' : String(status);
      both(({ refused }) => refused.set(reason, (refused.get(reason) ?? 0) + 1));
    },
    /** What happened since the last line. */
    line(underWay) {
      const seconds = (now() - since) / 1_000;
      const { p50, p99 } = percentiles(recent.confirmedInMs);
      const confirmation = p50 === null ? '' : `, place → confirmed p50 ${p50} ms p99 ${p99} ms`;
      const text = `${counted(recent, `(${(recent.placed / seconds).toFixed(1)}/s) `)}, under way ${underWay}${confirmation}${refusals(recent)}`;
      recent = fresh();
      since = now();
      return text;
    },
    total: (underWay) => `In all: ${counted(total)}, under way ${underWay}${refusals(total)}`,
  };
}

const counted = (counts, rate = '') =>
  outcomes
    .map((outcome) => `${outcome} ${counts[outcome]}${outcome === 'placed' && rate ? ` ${rate.trim()}` : ''}`)
    .join(', ');

const refusals = ({ refused }) =>
  refused.size === 0 ? '' : `, refused ${[...refused].map(([reason, count]) => `${reason} ×${count}`).join(' ')}`;
