import { readIdempotencyKey } from './idempotency-key.js';

describe('an Idempotency-Key', () => {
  it.each(['a', 'x'.repeat(255), 'with spaces and "quotes" ~!'])('may be %j', (key) => {
    expect(readIdempotencyKey(key)).toBe(key);
  });

  it.each(['', 'x'.repeat(256), 'naïve', 'tab\there', '\u0000'])('must not be %j', (key) => {
    expect(() => readIdempotencyKey(key)).toThrow('The request is not valid.');
  });

  it('may be left out', () => {
    expect(readIdempotencyKey(undefined)).toBeUndefined();
  });
});
