import { bytesOfWebhook } from '@hookshop/contracts';
import fc from 'fast-check';
import { bodyAsText } from './body-as-text.js';

describe('a body in JSON', () => {
  it.each(['', '{"name":"Zoë 😀"}', 'a\tb\r\nc', '"\\"', '\ufeff{}', '\u2028'])('is the text %j that it is', (text) => {
    expect(bodyAsText(Buffer.from(text))).toEqual({ body: text, encoding: 'utf8' });
  });

  it.each([
    ['is not UTF-8', Buffer.from([0xc3, 0x28])],
    ['is cut in the middle of a character', Buffer.from('é').subarray(0, 1)],
    ['writes a character longer than it must', Buffer.from([0xc0, 0x80])],
    ['has NUL', Buffer.from('a\0')],
    ['has another control character', Buffer.from('a\x1f')],
  ])('is base64 where it %s', (_, bytes) => {
    expect(bodyAsText(bytes)).toEqual({ body: bytes.toString('base64'), encoding: 'base64' });
  });

  it('always leads back to the very bytes, and takes at most twice as many', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
      fc.string({ unit: 'binary', maxLength: 300 }).map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(bytes, (original) => {
        const carried = JSON.parse(JSON.stringify(bodyAsText(original))) as ReturnType<typeof bodyAsText>;

        expect(bytesOfWebhook(carried).equals(original)).toBe(true);
        const size = Buffer.byteLength(JSON.stringify(carried.body)) - 2;
        // Base64 is rounded up to whole groups of three.
        expect(size).toBeLessThanOrEqual(2 * original.length + 4);
      }),
    );
  });
});
