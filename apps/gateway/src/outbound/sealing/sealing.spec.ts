import { hash, randomBytes } from 'node:crypto';
import { GatewayConfig } from '../../gateway.config.js';
import { CannotOpen } from './cannot-open.js';
import { Sealing } from './sealing.js';

const newKey = (): string => randomBytes(32).toString('base64');
const withKeys = (...webhookSealingKeys: string[]): Sealing =>
  new Sealing(Object.assign(new GatewayConfig(), { webhookSealingKeys }));
const idOf = (key: string): string => hash('sha256', Buffer.from(key, 'base64'), 'hex').slice(0, 16);

describe('Sealing', () => {
  const key = newKey();
  const sealing = withKeys(key);

  it.each(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', '', 'Zoë 😀'])('opens what it sealed: %j', (text) => {
    expect(sealing.open(sealing.seal(text, 'secret:1'), 'secret:1')).toBe(text);
  });

  it('lays out version, id of the key, IV, tag and ciphertext, and shows nothing of the text', () => {
    const sealed = sealing.seal('whsec_hush', 'secret:1');

    expect(sealed).toHaveLength(1 + 8 + 12 + 16 + 'whsec_hush'.length);
    expect(sealed[0]).toBe(1);
    expect(sealed.toString('hex', 1, 9)).toBe(idOf(key));
    expect(sealed.toString('latin1')).not.toContain('hush');
  });

  it('seals the same text differently every time', () => {
    expect(sealing.seal('text', 'secret:1')).not.toEqual(sealing.seal('text', 'secret:1'));
  });

  it('does not open what belongs to something else', () => {
    const sealed = sealing.seal('whsec_hush', 'secret:1');

    expect(() => sealing.open(sealed, 'secret:2')).toThrow(
      new CannotOpen('secret:2', 'it was altered, or belongs to something else'),
    );
  });

  it('does not open a value in which any one byte was altered', () => {
    const sealed = sealing.seal('whsec_hush', 'secret:1');

    for (let at = 0; at < sealed.length; at++) {
      const altered = Buffer.from(sealed);
      altered[at] = altered[at]! ^ 1;

      expect(() => sealing.open(altered, 'secret:1')).toThrow(CannotOpen);
    }
  });

  it('does not open a value that was cut short', () => {
    const sealed = sealing.seal('whsec_hush', 'secret:1');

    for (let length = 0; length < sealed.length; length++) {
      expect(() => sealing.open(sealed.subarray(0, length), 'secret:1')).toThrow(CannotOpen);
    }
  });

  it('seals with the first key and opens with all of them', () => {
    const newer = newKey();
    const rotated = withKeys(newer, key);
    const before = sealing.seal('before', 'secret:1');
    const after = rotated.seal('after', 'secret:1');

    expect(rotated.open(before, 'secret:1')).toBe('before');
    expect(after.toString('hex', 1, 9)).toBe(idOf(newer));
    expect(withKeys(newer).open(after, 'secret:1')).toBe('after');
  });

  it('names the key that is missing', () => {
    const sealed = sealing.seal('whsec_hush', 'secret:1');

    expect(() => withKeys(newKey()).open(sealed, 'secret:1')).toThrow(
      new CannotOpen('secret:1', `it was sealed with key ${idOf(key)}, which is not in WEBHOOK_SEALING_KEYS`),
    );
  });

  it('says nothing secret when it cannot open', () => {
    const sealed = sealing.seal('whsec_hush', 'secret:1');
    let error: unknown;
    try {
      sealing.open(sealed, 'secret:2');
    } catch (refusal) {
      error = refusal;
    }

    const { name, message, cause } = error as CannotOpen;
    expect(name).toBe('CannotOpen');
    expect(message).toBe('Cannot open secret:2: it was altered, or belongs to something else');
    expect(cause).toBeUndefined();
  });
});
