import fc from 'fast-check';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { InvalidSecret } from './invalid-secret.js';
import { mintKeyPair } from './key-pair.js';
import { mintSecret } from './secret-key.js';
import { ed25519Signer, hmacSigner, signatureHeader } from './sign.js';
import { verifyWebhook, type ReceivedHeaders, type TrustedKeys } from './verify-webhook.js';

/** As published with the Standard Webhooks libraries. */
const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const now = 1614265330;
const body = '{"test": 2432232314}';
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const v1 = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const publicKey = 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=';
const v1a = 'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==';
const nobodysV1a = `v1a,${Buffer.alloc(64).toString('base64')}`;

interface Received {
  keys?: TrustedKeys;
  headers?: ReceivedHeaders;
  body?: string | Buffer;
  now?: number;
  toleranceSeconds?: number;
}

/** `ok`, or why the published message is refused when this is different about it. */
const outcomeOf = ({ keys = { secrets: [secret] }, headers, body: sent = body, now: at = now, ...time }: Received) => {
  const all = { id, timestamp: String(now), signature: v1, ...headers };
  const verification = verifyWebhook(keys, all, sent, { now: at, ...time });
  return verification.ok ? 'ok' : verification.reason;
};

const untrusted = 'no signature is by a trusted key';
const unsigned = 'webhook-signature has no well-formed v1 or v1a signature';

describe('verifyWebhook', () => {
  it('accepts the published v1 signature, over text and over bytes', () => {
    expect(outcomeOf({})).toBe('ok');
    expect(outcomeOf({ body: Buffer.from(body) })).toBe('ok');
  });

  it('accepts the published v1a signature, over text and over bytes', () => {
    const received = { keys: { publicKeys: [publicKey] }, headers: { signature: v1a } };

    expect(outcomeOf(received)).toBe('ok');
    expect(outcomeOf({ ...received, body: Buffer.from(body) })).toBe('ok');
  });

  it('accepts any of several secrets, and any of several signatures', () => {
    const strangers = [hmacSigner(mintSecret()), hmacSigner(mintSecret())];
    const others = signatureHeader(strangers, { id, timestamp: now, body });

    expect(outcomeOf({ keys: { secrets: [mintSecret(), secret] } })).toBe('ok');
    expect(outcomeOf({ headers: { signature: `${others} ${v1}` } })).toBe('ok');
    expect(outcomeOf({ headers: { signature: others } })).toBe(untrusted);
  });

  it('passes over signatures of schemes it does not know, and broken ones', () => {
    expect(outcomeOf({ headers: { signature: `v9,abc v1,short v1 ${nobodysV1a}  ${v1}` } })).toBe('ok');
  });

  it.each([
    ['v1', { secrets: [secret] }, v1],
    ['v1a', { publicKeys: [publicKey] }, v1a],
  ])('refuses anything that %s does not vouch for', (_, keys, signature) => {
    const received = (more: Received): string => outcomeOf({ keys, ...more, headers: { signature, ...more.headers } });

    expect(received({})).toBe('ok');
    expect(received({ body: body.replace('4', '5') })).toBe(untrusted);
    expect(received({ body: `${body} ` })).toBe(untrusted);
    expect(received({ headers: { id: id.replace('p', 'q') } })).toBe(untrusted);
    expect(received({ headers: { timestamp: String(now + 1) } })).toBe(untrusted);
    expect(received({ headers: { timestamp: `0${now}` } })).toBe(untrusted);
  });

  it('refuses a body in which any one byte was altered', () => {
    for (let at = 0; at < body.length; at++) {
      const altered = Buffer.from(body);
      altered[at] = altered[at]! ^ 1;

      expect(outcomeOf({ body: altered })).toBe(untrusted);
    }
  });

  it('keeps bytes apart that become the same text', () => {
    const signature = hmacSigner(secret).sign({ id, timestamp: now, body: '\ufffd' });

    expect(outcomeOf({ headers: { signature }, body: Buffer.from('\ufffd') })).toBe('ok');
    expect(outcomeOf({ headers: { signature }, body: Buffer.of(0xff) })).toBe(untrusted);
  });

  it('refuses the wrong secret, the wrong public key, and a signature where nothing is trusted', () => {
    expect(outcomeOf({ keys: { secrets: [mintSecret()] } })).toBe(untrusted);
    expect(outcomeOf({ keys: { publicKeys: [mintKeyPair().publicKey] }, headers: { signature: v1a } })).toBe(untrusted);
    expect(outcomeOf({ keys: {} })).toBe(untrusted);
  });

  it('does not take a signature of one scheme for the other', () => {
    const bytes = v1.slice('v1,'.length);

    expect(outcomeOf({ headers: { signature: `v1a,${bytes}` } })).toBe(unsigned);
    expect(outcomeOf({ headers: { signature: v1a } })).toBe(untrusted);
    expect(outcomeOf({ keys: { publicKeys: [publicKey] } })).toBe(untrusted);
  });

  it('allows clocks to differ by the tolerance, and no second more', () => {
    expect(outcomeOf({ now: now + 300 })).toBe('ok');
    expect(outcomeOf({ now: now - 300 })).toBe('ok');
    expect(outcomeOf({ now: now + 301 })).toBe('webhook-timestamp is more than 300 s old');
    expect(outcomeOf({ now: now - 301 })).toBe('webhook-timestamp is more than 300 s ahead');
    expect(outcomeOf({ now: now + 11, toleranceSeconds: 10 })).toBe('webhook-timestamp is more than 10 s old');
    expect(outcomeOf({ now: Number.NaN })).not.toBe('ok');
  });

  it.each([
    [{ id: undefined }, 'webhook-id is missing'],
    [{ id: '' }, 'webhook-id is missing'],
    [{ timestamp: undefined }, 'webhook-timestamp is missing'],
    [{ signature: undefined }, 'webhook-signature is missing'],
    [{ id: 'a b' }, 'webhook-id is not 1 to 255 printable characters without spaces and full stops'],
    [{ id: 'a'.repeat(256) }, 'webhook-id is not 1 to 255 printable characters without spaces and full stops'],
    [{ timestamp: 'soon' }, 'webhook-timestamp is not a number of seconds'],
    [{ timestamp: '-1614265330' }, 'webhook-timestamp is not a number of seconds'],
    [{ timestamp: '1614265330.0' }, 'webhook-timestamp is not a number of seconds'],
    [{ timestamp: '1614265330\n' }, 'webhook-timestamp is not a number of seconds'],
    [{ timestamp: '0x6037ac32' }, 'webhook-timestamp is not a number of seconds'],
    [{ signature: ' ' }, unsigned],
    [{ signature: 'v1' }, unsigned],
    [{ signature: 'v1,' }, unsigned],
    [{ signature: v1.replace('=', '') }, unsigned],
    [{ signature: v1.slice('v1,'.length) }, unsigned],
    [{ signature: v1.replace('v1,', 'V1,') }, unsigned],
    [{ signature: 'x'.repeat(8_193) }, 'webhook-signature exceeds 8192 bytes'],
  ])('refuses %j', (headers, reason) => {
    expect(outcomeOf({ headers })).toBe(reason);
  });

  it('reads signature headers of up to 8 KiB', () => {
    expect(outcomeOf({ headers: { signature: v1.padStart(8_192) } })).toBe('ok');
    expect(outcomeOf({ headers: { signature: v1.padStart(8_193) } })).toBe('webhook-signature exceeds 8192 bytes');
  });

  it('does not let a part of the body pass for the timestamp', () => {
    const signature = hmacSigner(secret).sign({ id: 'a', timestamp: 1, body: `${now}.x` });

    expect(outcomeOf({ headers: { id: 'a.1', signature }, body: 'x' })).toBe(
      'webhook-id is not 1 to 255 printable characters without spaces and full stops',
    );
  });

  it('tries no more than 16 signatures of the dear scheme', () => {
    const keys = { publicKeys: [publicKey] };
    const behind = (strangers: number): string => `${`${nobodysV1a} `.repeat(strangers)}${v1a}`;

    expect(outcomeOf({ keys, headers: { signature: behind(15) } })).toBe('ok');
    expect(outcomeOf({ keys, headers: { signature: behind(16) } })).toBe(untrusted);
  });

  it('throws when a trusted key is none, so that the mistake is not taken for a forgery', () => {
    expect(() => outcomeOf({ keys: { secrets: ['hush'] } })).toThrow(InvalidSecret);
    expect(() => outcomeOf({ keys: { publicKeys: [secret] }, headers: { id: undefined } })).toThrow(InvalidSecret);
  });

  it.each([
    ['standardwebhooks', StandardWebhook],
    ['svix', SvixWebhook],
  ])('accepts what the package %s signs', (_, Webhook) => {
    const text = '{"name":"Zoë 😀"}';
    const signature = new Webhook(secret).sign('msg_1', new Date(now * 1000), text);

    expect(outcomeOf({ headers: { id: 'msg_1', signature }, body: Buffer.from(text) })).toBe('ok');
  });

  it('accepts whatever was signed, and refuses it with one bit flipped', () => {
    const pair = mintKeyPair();
    const signers = { v1: hmacSigner(secret), v1a: ed25519Signer(pair.privateKey) };
    const keys = { v1: { secrets: [secret] }, v1a: { publicKeys: [pair.publicKey] } };
    const anyMessage = fc.record({
      scheme: fc.constantFrom('v1' as const, 'v1a' as const),
      id: fc.stringMatching(/^[\x21-\x2d\x2f-\x7e]{1,255}$/),
      timestamp: fc.integer({ min: 0, max: 99_999_999_999 }),
      body: fc.string({ unit: 'grapheme' }),
      flipped: fc.nat(),
    });

    fc.assert(
      fc.property(anyMessage, ({ scheme, flipped, ...message }) => {
        const headers = {
          id: message.id,
          timestamp: String(message.timestamp),
          signature: signatureHeader([signers[scheme]], message),
        };
        const received = { keys: keys[scheme], headers, now: message.timestamp };
        const bytes = Buffer.from(message.body);

        expect(outcomeOf({ ...received, body: bytes })).toBe('ok');
        if (bytes.length === 0) return;
        const bit = flipped % (bytes.length * 8);
        bytes[bit >> 3] = bytes[bit >> 3]! ^ (1 << (bit & 7));
        expect(outcomeOf({ ...received, body: bytes })).toBe(untrusted);
      }),
    );
  });
});
