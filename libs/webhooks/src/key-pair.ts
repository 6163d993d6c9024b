import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { InvalidSecret } from './invalid-secret.js';
import { readKey, writeKey, type KeyText } from './key-text.js';

/** Ed25519: the 32 bytes of the seed, then the 32 of the public key. */
const privateText: KeyText = { prefix: 'whsk_', leastBytes: 64, mostBytes: 64 };
const publicText: KeyText = { prefix: 'whpk_', leastBytes: 32, mostBytes: 32 };

/** What stands before the 32 bytes in PKCS #8 and in SubjectPublicKeyInfo (RFC 8410). */
const privateHead = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicHead = Buffer.from('302a300506032b6570032100', 'hex');

export interface KeyPair {
  /** `whsk_…` */
  privateKey: string;
  /** `whpk_…`, for everybody who wants to verify. */
  publicKey: string;
}

/** A new pair for `v1a`. */
export function mintKeyPair(): KeyPair {
  const { privateKey } = generateKeyPairSync('ed25519');
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(privateHead.length);
  const open = publicHalf(privateKey);
  return { privateKey: writeKey(privateText, Buffer.concat([seed, open])), publicKey: writeKey(publicText, open) };
}

/** @throws InvalidSecret */
export function privateKeyOf(text: string): KeyObject {
  const bytes = readKey(privateText, text);
  const der = Buffer.concat([privateHead, bytes.subarray(0, 32)]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  if (publicHalf(key).equals(bytes.subarray(32))) return key;
  throw new InvalidSecret('The two halves of the key do not belong together: the last 32 bytes must be its public key');
}

/** @throws InvalidSecret */
export function publicKeyOf(text: string): KeyObject {
  const der = Buffer.concat([publicHead, readKey(publicText, text)]);
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}

const publicHalf = (privateKey: KeyObject): Buffer =>
  createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(publicHead.length);
