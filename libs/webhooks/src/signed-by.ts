import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';

/** Bytes of an HMAC-SHA256. */
export const DIGEST_LENGTH = 32;

/**
 * Whether one of the keys made one of these HMAC-SHA256 digests over the parts, one after the other.
 *
 * @param given each of 32 bytes
 */
export function signedBy(
  keys: readonly KeyObject[],
  parts: readonly (string | Buffer)[],
  given: readonly Buffer[],
): boolean {
  return keys.some((key) => {
    const hmac = createHmac('sha256', key);
    for (const part of parts) hmac.update(part);
    const expected = hmac.digest();
    return given.some((one) => timingSafeEqual(one, expected));
  });
}
