import { secondsUntilRetry } from './retry-schedule.js';

const HOUR = 3_600;

describe('secondsUntilRetry', () => {
  it('waits longer and longer, then an hour each time', () => {
    const waits = Array.from({ length: 8 }, (_, index) => secondsUntilRetry(index + 1, 0));

    expect(waits).toEqual([1, 5, 30, 120, 600, HOUR, HOUR, HOUR]);
  });

  it('gives up where the next attempt would come after three days', () => {
    expect(secondsUntilRetry(70, 71 * HOUR)).toBe(HOUR);
    expect(secondsUntilRetry(70, 71 * HOUR + 1)).toBeNull();
    expect(secondsUntilRetry(1, 72 * HOUR)).toBeNull();
  });
});
