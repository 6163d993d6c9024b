import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database, GroupCommit } from '@hookshop/persistence';
import type { Caller } from './caller.js';
import { digestOf, lookupOf } from './key-digest.js';
import { selectKeys } from './select-keys.js';

/** How long a key that another instance revoked may still be good here. */
const TTL_MS = 2_000;
const MOST_KEYS = 10_000;

export interface KnownKey {
  digest: Buffer;
  caller: Caller;
}

/** Tells who a key belongs to. Keys in use are remembered for a moment, so that a request costs no query. */
@Injectable()
export class KeyRing {
  private readonly keys = new Map<string, KnownKey & { until: number }>();
  private readonly lookups: GroupCommit<Buffer, KnownKey | undefined>;
  /** Counts revocations: what was read before one must not be remembered after it. */
  private revocations = 0;

  constructor(database: Database) {
    this.lookups = new GroupCommit((digests) => selectKeys(database, digests));
  }

  /** Answers at once for a key that was used a moment ago. Undefined: nobody's key. */
  identify(key: string): Caller | undefined | Promise<Caller | undefined> {
    const digest = digestOf(key);
    const known = this.keys.get(place(digest));
    if (known !== undefined && known.until > performance.now() && timingSafeEqual(known.digest, digest)) {
      return known.caller;
    }
    return this.read(digest);
  }

  /** Whether it was good here lately, and may be still. */
  remembers(key: string): boolean {
    const digest = digestOf(key);
    const known = this.keys.get(place(digest));
    return known !== undefined && timingSafeEqual(known.digest, digest);
  }

  /** Nobody may use a revoked key again, not even for the rest of the moment it is remembered. */
  forget(digest: Buffer): void {
    this.revocations += 1;
    this.keys.delete(place(digest));
  }

  private async read(digest: Buffer): Promise<Caller | undefined> {
    const revocations = this.revocations;
    const found = await this.lookups.run(digest);
    if (found === undefined) return undefined;
    if (revocations === this.revocations) this.remember(found);
    return found.caller;
  }

  private remember(key: KnownKey): void {
    if (this.keys.size >= MOST_KEYS) this.keys.clear();
    this.keys.set(place(key.digest), { ...key, until: performance.now() + TTL_MS });
  }
}

const place = (digest: Buffer): string => lookupOf(digest).toString('latin1');
