import { InvalidEnvironment, loadConfig } from '@hookshop/config';
import { AreRateLimits, ratesOf } from './are-rate-limits.js';
import { RateLimits } from './rate-limits.js';

const ada = { keyId: 'ada', role: 'shop' } as const;
const bob = { keyId: 'bob', role: 'shop' } as const;

describe('the rate limit of an API key', () => {
  let now: number;
  let limits: RateLimits;
  beforeEach(() => {
    now = 1_000;
    limits = new RateLimits({ shop: 3, partner: 60, admin: 60 }, () => now);
  });
  const statuses = (count: number, caller: typeof ada | typeof bob = ada) =>
    Array.from({ length: count }, () => limits.count(caller).refusal?.getStatus() ?? 200);

  it('admits as many requests in a row as it names, and then refuses', () => {
    expect(statuses(5)).toEqual([200, 200, 200, 429, 429]);
  });

  it('counts each key for itself', () => {
    statuses(4);

    expect(statuses(1, bob)).toEqual([200]);
  });

  it('gives back evenly what was used', () => {
    statuses(3);
    now += 19_999;
    expect(statuses(1)).toEqual([429]);
    now += 1;
    expect(statuses(2)).toEqual([200, 429]);
  });

  it('never gives back more than it names', () => {
    statuses(3);
    now += 3_600_000;

    expect(statuses(4)).toEqual([200, 200, 200, 429]);
  });

  it('tells the policy, what is left of it, and when all of it is back', () => {
    expect(limits.count(ada).headers).toEqual({ 'RateLimit-Policy': '"shop";q=3;w=60', RateLimit: '"shop";r=2;t=20' });
    statuses(2);
    expect(limits.count(ada).headers.RateLimit).toBe('"shop";r=0;t=60');
  });

  it('tells a refused one when to come again, and that is when it is admitted', () => {
    statuses(3);
    const { refusal } = limits.count(ada);
    expect(refusal!.headers).toEqual({ 'Retry-After': '20' });

    now += 20_000;
    expect(statuses(1)).toEqual([200]);
  });

  it('forgets keys that have not been used for a while, and none that has', () => {
    statuses(3);
    for (let index = 0; index < 20_000; index++) {
      now += 1;
      limits.count({ keyId: `key ${index}`, role: 'partner' });
    }

    expect((limits as unknown as { buckets: Map<string, unknown> }).buckets.size).toBeLessThan(15_000);
    now = 2_000;
    expect(statuses(1)).toEqual([429]);
  });
});

describe('API_RATE_LIMIT_PER_MINUTE', () => {
  class Config {
    @AreRateLimits() readonly apiRateLimitPerMinute: readonly string[] = [];
  }
  const load = (text: string) => ratesOf(loadConfig(Config, { API_RATE_LIMIT_PER_MINUTE: text }).apiRateLimitPerMinute);

  it('has defaults that only a caller gone wild meets', () => {
    expect(load('')).toEqual({ shop: 240_000, partner: 30_000, admin: 30_000 });
  });

  it('changes the roles it names', () => {
    expect(load('partner:600, shop:6000')).toEqual({ shop: 6_000, partner: 600, admin: 30_000 });
  });

  it.each(['600', 'shop', 'shop:', 'shop:0', 'shop:-1', 'shop:1.5', 'boss:600', '__proto__:1', 'shop:9999999999'])(
    'refuses %s, and says what it takes',
    (text) => {
      expect(() => load(text)).toThrow(InvalidEnvironment);
      expect(() => load(text)).toThrow('must be requests a minute by role, such as shop:6000,partner:600,admin:600');
    },
  );
});
