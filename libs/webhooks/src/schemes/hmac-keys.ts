import { createSecretKey, type KeyObject } from 'node:crypto';
import { InvalidSecret } from '../invalid-secret.js';

/**
 * The keys of a scheme that uses secrets as they are, whole.
 *
 * @throws InvalidSecret
 */
export const hmacKeys = (secrets: readonly string[]): KeyObject[] => atLeastOne(secrets).map(hmacKey);

/** @throws InvalidSecret for none: everything would be refused, and everybody would look for a forger */
export function atLeastOne(secrets: readonly string[]): readonly string[] {
  if (secrets.length > 0) return secrets;
  throw new InvalidSecret('There is no secret to verify signatures with: give at least one');
}

function hmacKey(secret: string): KeyObject {
  if (secret.trim() !== '') return createSecretKey(secret, 'utf8');
  throw new InvalidSecret('A secret is empty: anybody could sign with it');
}
