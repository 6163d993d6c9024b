import { isIPv6 } from 'node:net';
import { Problem } from '@hookshop/http';
import { FailureLimits } from '../inbound/rejections/failure-limits.js';

/** Addresses barred at a time: a flood from everywhere must not fill the memory. */
const MOST_BARRED = 10_000;

/** A request; its address is worked out only where it is needed. */
type From = Readonly<{ ip: string }>;

/** Addresses that came without a good key too often. Counted by this instance alone, and forgotten within a minute. */
export class FailedCalls {
  private readonly limits: FailureLimits;
  private readonly barredUntil = new Map<string, number>();

  /** @param mostPerMinute failures of one address that are answered one by one */
  constructor(
    mostPerMinute: number,
    private readonly now: () => number = Date.now,
  ) {
    this.limits = new FailureLimits(mostPerMinute, now);
  }

  count({ ip }: From): void {
    const network = networkOf(ip);
    if (this.limits.admit(network)) return;
    if (this.barredUntil.size >= MOST_BARRED) this.barredUntil.clear();
    this.barredUntil.set(network, this.now() + this.limits.secondsLeft * 1_000);
  }

  /** Why the address is not heard for the moment; undefined: it is. */
  refusal(from: From): Problem | undefined {
    if (this.barredUntil.size === 0) return undefined;
    const network = networkOf(from.ip);
    const leftMs = (this.barredUntil.get(network) ?? 0) - this.now();
    if (leftMs > 0) {
      const headers = { 'Retry-After': String(Math.ceil(leftMs / 1_000)) };
      return new Problem(429, 'Too many requests from this address came without a good API key.', { headers });
    }
    this.barredUntil.delete(network);
    return undefined;
  }
}

/** Whoever has one address of IPv6 has the 2^64 around it. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = address.split('%', 1)[0]!.toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array.from({ length: Math.max(0, gap) }, () => '0'), ...after];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
