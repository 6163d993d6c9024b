/** @param {number[]} values milliseconds */
export function percentiles(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) =>
    sorted.length === 0 ? null : round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

export const round = (value, digits = 1) => Math.round(value * 10 ** digits) / 10 ** digits;
