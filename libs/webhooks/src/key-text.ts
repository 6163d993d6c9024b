import { bytesOf } from './bytes-of.js';
import { InvalidSecret } from './invalid-secret.js';

/** How a key is written: its kind as a prefix, then base64. */
export interface KeyText {
  prefix: 'whsec_' | 'whsk_' | 'whpk_';
  leastBytes: number;
  mostBytes: number;
}

export const writeKey = ({ prefix }: KeyText, bytes: Buffer): string => prefix + bytes.toString('base64');

/** @throws InvalidSecret */
export function readKey({ prefix, leastBytes, mostBytes }: KeyText, text: string): Buffer {
  if (!text.startsWith(prefix)) throw new InvalidSecret(`The key must start with ${prefix}`);

  const bytes = bytesOf(text.slice(prefix.length));
  if (!bytes) throw new InvalidSecret(`The key must be padded base64 after ${prefix}, and nothing else`);

  const { length } = bytes;
  if (length >= leastBytes && length <= mostBytes) return bytes;
  const sizes = leastBytes === mostBytes ? `${leastBytes}` : `${leastBytes} to ${mostBytes}`;
  throw new InvalidSecret(`The key must be ${sizes} bytes in base64 after ${prefix}, and has ${length}`);
}
