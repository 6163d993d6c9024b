import { hash, randomBytes } from 'node:crypto';
import type { Role } from './caller.js';

/** Bytes of a digest by which a key is looked up; the rest is compared in constant time. */
const LOOKUP_BYTES = 8;

/** What is stored of a key. Keys are long and random, so one fast hash is enough. */
export const digestOf = (key: string): Buffer => hash('sha256', key, 'buffer');

export const lookupOf = (digest: Buffer): Buffer => digest.subarray(0, LOOKUP_BYTES);

/** A new key, 256 bits of it random. */
export const mintKey = (role: Role): string => `sk_${role}_${randomBytes(32).toString('base64url')}`;
