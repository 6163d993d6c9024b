import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { readKey, writeKey, type KeyText } from './key-text.js';

/** The sizes that Standard Webhooks allows. */
const secretText: KeyText = { prefix: 'whsec_', leastBytes: 24, mostBytes: 64 };

/** A new secret for `v1`: `whsec_` and 32 random bytes in base64. */
export const mintSecret = (): string => writeKey(secretText, randomBytes(32));

/**
 * The key that a secret `whsec_…` stands for.
 *
 * @throws InvalidSecret
 */
export const secretKey = (secret: string): KeyObject => createSecretKey(readKey(secretText, secret));
