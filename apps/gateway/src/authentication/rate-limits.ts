import { Problem } from '@hookshop/http';
import type { Caller, Role } from './caller.js';
import { TokenBucket } from './token-bucket.js';

const MINUTE_MS = 60_000;
const MOST_BUCKETS = 10_000;

export type RatePerMinute = Readonly<Record<Role, number>>;

/** Told with every answer to a key. */
export interface RateAnswer {
  /** By draft-ietf-httpapi-ratelimit-headers-10: the policy of the role, and what is left of it to this key. */
  headers: { 'RateLimit-Policy': string; RateLimit: string };
  refusal?: Problem;
}

/**
 * Requests of one key in a minute, counted by this instance alone and in memory: with more instances a key gets as many
 * times as much. It keeps one caller's mistake from being everybody's, and bills nobody.
 */
export class RateLimits {
  private readonly buckets = new Map<string, TokenBucket>();

  constructor(
    private readonly perMinute: RatePerMinute,
    private readonly now: () => number = () => performance.now(),
  ) {}

  count({ keyId, role }: Pick<Caller, 'keyId' | 'role'>): RateAnswer {
    const now = this.now();
    const { granted, left, fullInMs, nextInMs } = this.bucketOf(keyId, role, now).draw(now);
    const headers = {
      'RateLimit-Policy': `"${role}";q=${this.perMinute[role]};w=60`,
      RateLimit: `"${role}";r=${left};t=${Math.ceil(fullInMs / 1_000)}`,
    };
    if (granted) return { headers };
    const seconds = Math.max(1, Math.ceil(nextInMs / 1_000));
    const detail = `This API key may ask ${this.perMinute[role]} times in a minute. Try again in ${seconds} s.`;
    return { headers, refusal: new Problem(429, detail, { headers: { 'Retry-After': String(seconds) } }) };
  }

  private bucketOf(keyId: string, role: Role, now: number): TokenBucket {
    const known = this.buckets.get(keyId);
    if (known !== undefined) return known;
    if (this.buckets.size >= MOST_BUCKETS) this.forgetFull(now);
    const bucket = new TokenBucket(this.perMinute[role], MINUTE_MS, now);
    this.buckets.set(keyId, bucket);
    return bucket;
  }

  private forgetFull(now: number): void {
    for (const [keyId, bucket] of this.buckets) if (bucket.isFull(now)) this.buckets.delete(keyId);
  }
}
