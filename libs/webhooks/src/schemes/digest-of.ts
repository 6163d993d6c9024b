import { bytesOf } from '../bytes-of.js';
import { DIGEST_LENGTH } from '../signed-by.js';

export type DigestEncoding = 'hex' | 'base64';

/** How a digest has to be written, for the log. */
export const digestForms: Record<DigestEncoding, string> = {
  hex: '64 lower-case hex digits',
  base64: '32 bytes in padded base64',
};

/** Reads an HMAC-SHA256 that is written in one certain way, and nothing else. */
export function digestOf(text: string, encoding: DigestEncoding): Buffer | undefined {
  if (encoding === 'hex') return /^[0-9a-f]{64}$/.test(text) ? Buffer.from(text, 'hex') : undefined;
  const bytes = bytesOf(text);
  return bytes?.length === DIGEST_LENGTH ? bytes : undefined;
}
