import { RateLimiter } from './rate-limiter.js';
import { retryAfterSeconds } from './retry-after.js';
import { nextPause } from './retry-schedule.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');

describe('the schedule of retries', () => {
  it('has ten attempts in about three days', () => {
    const pauses = Array.from({ length: 10 }, (_, index) => nextPause(index + 1, null, 0.5));

    expect(pauses).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400, undefined]);
    expect(pauses.slice(0, 9).reduce((sum, pause) => sum! + pause!, 0)! / 86_400).toBeCloseTo(3.15, 1);
  });

  it('is jittered by a fifth either way', () => {
    expect(nextPause(2, null, 0)).toBeCloseTo(240);
    expect(nextPause(2, null, 1)).toBeCloseTo(360);
  });

  it('is the endpoint’s own where it has one, also an empty one', () => {
    expect(nextPause(1, [10, 20], 0.5)).toBe(10);
    expect(nextPause(3, [10, 20], 0.5)).toBeUndefined();
    expect(nextPause(1, [], 0.5)).toBeUndefined();
  });
});

describe('Retry-After', () => {
  it.each<[string, string | string[] | undefined, number | undefined]>([
    ['seconds', '120', 120],
    ['the first of several', ['7', '9'], 7],
    ['an HTTP date', 'Thu, 01 Jan 2026 00:02:00 GMT', 120],
    ['at most a day', '999999', 86_400],
    ['a date in years', 'Fri, 01 Jan 2027 00:00:00 GMT', 86_400],
    ['nothing', undefined, undefined],
    ['zero', '0', undefined],
    ['a date that is past', 'Wed, 31 Dec 2025 00:00:00 GMT', undefined],
    ['words', 'soon', undefined],
    ['a negative number', '-5', undefined],
    ['a fraction', '1.5', undefined],
    ['a date of another kind', '2026-01-01T00:02:00Z', undefined],
    ['too many digits', '99999999999999', undefined],
  ])('reads %s', (_, value, seconds) => {
    expect(retryAfterSeconds(value, NOW)).toBe(seconds);
  });
});

describe('the rate limiter', () => {
  const sentIn = (ms: number, perSecond: number, stepMs: number): number => {
    const limiter = new RateLimiter(perSecond, 0);
    let sent = 0;
    for (let now = 0; now < ms; now += stepMs) {
      while (limiter.wait(now) === 0) {
        limiter.take(now);
        sent += 1;
      }
    }
    return sent;
  };

  it.each([1, 7, 50, 1_000, 10_000])('lets %d a second through, also when its timers are late', (perSecond) => {
    expect(sentIn(10_000, perSecond, 5)).toBeLessThanOrEqual(10 * perSecond + perSecond / 100 + 1);
    expect(sentIn(10_000, perSecond, 5)).toBeGreaterThanOrEqual(10 * perSecond * 0.99);
  });

  it('does not make up for a time in which nothing was sent', () => {
    const limiter = new RateLimiter(10, 0);
    let sent = 0;
    for (; limiter.wait(60_000) === 0; sent += 1) limiter.take(60_000);

    expect(sent).toBe(1);
    expect(limiter.wait(60_000)).toBeCloseTo(90);
  });
});
