import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { Stripe } from 'stripe';
import { secretKey } from '../secret-key.js';
import { hmacSigner, webhookHeaders } from '../sign.js';
import { githubScheme } from './github-scheme.js';
import { hmacScheme } from './hmac-scheme.js';
import { shopifyScheme } from './shopify-scheme.js';
import { type SignatureScheme } from './signature-scheme.js';
import { standardScheme } from './standard-scheme.js';
import { stripeScheme } from './stripe-scheme.js';
import { received } from './testing/received.js';

const secret = 'whsec_aG9va3Nob3AtZGVtby1jYXJyaWVyLXNlY3JldA==';
const now = 1_700_000_000;

interface Sender {
  scheme: SignatureScheme;
  headersFor(body: string): Record<string, string>;
}

const digest = (body: string, encoding: 'hex' | 'base64'): string =>
  createHmac('sha256', secret).update(body).digest(encoding);

/** Every scheme, with somebody who knows the secret. */
const senders: Record<string, Sender> = {
  standard: {
    scheme: standardScheme([secret]),
    headersFor: (body) => ({ ...webhookHeaders([hmacSigner(secret)], { id: 'msg_1', timestamp: now, body }) }),
  },
  stripe: {
    scheme: stripeScheme([secret]),
    headersFor: (payload) => ({
      'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: now }),
    }),
  },
  github: {
    scheme: githubScheme([secret]),
    headersFor: (body) => ({ 'x-hub-signature-256': `sha256=${digest(body, 'hex')}`, 'x-github-delivery': '1' }),
  },
  shopify: {
    scheme: shopifyScheme([secret]),
    headersFor: (body) => ({ 'x-shopify-hmac-sha256': digest(body, 'base64'), 'x-shopify-webhook-id': '1' }),
  },
  'by pointer': {
    scheme: hmacScheme({ secrets: [secret], header: 'x-signature', encoding: 'hex', id: { pointer: '/id' } }),
    headersFor: (body) => ({ 'x-signature': digest(body, 'hex') }),
  },
};

const anyBody = fc
  .dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue())
  .map((fields) => JSON.stringify({ ...fields, id: 'evt_1' }));

describe.each(Object.entries(senders))('the scheme %s', (_, { scheme, headersFor }) => {
  it('takes whatever its sender signs, and refuses it with one byte altered', () => {
    fc.assert(
      fc.property(anyBody, fc.nat(), fc.integer({ min: 1, max: 255 }), (body, at, change) => {
        const headers = headersFor(body);
        const altered = Buffer.from(body);
        altered[at % altered.length] = altered[at % altered.length]! ^ change;

        expect(scheme.verify(received(headers, body), { now })).toMatchObject({ ok: true });
        expect(scheme.verify(received(headers, altered), { now })).toMatchObject({ ok: false });
      }),
    );
  });

  it('takes nothing whose signature was altered, and tells neither signature nor secret', () => {
    const body = '{"id":"evt_1"}';
    const headers = headersFor(body);
    const name = Object.keys(headers).find((one) => /signature|hmac/.test(one))!;
    const value = headers[name]!;
    const confidential = [secret, secret.slice(6), secretKey(secret).export().toString(), value, value.slice(-64)];

    for (let at = 0; at < value.length; at++) {
      const other = value[at] === '0' ? '1' : '0';
      const altered = { ...headers, [name]: value.slice(0, at) + other + value.slice(at + 1) };
      const verification = scheme.verify(received(altered, body), { now });

      if (verification.ok) throw new Error(`taken with character ${at} altered`);
      for (const text of confidential) expect(verification.reason).not.toContain(text);
    }
  });

  it('throws for nothing that arrives, and takes none of it', () => {
    const names = Object.keys(headersFor('{}'));
    const anyValues = fc.array(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant(String(now))));
    const anyHeaders = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), anyValues);
    const anyTime = fc.oneof(fc.constant(now), fc.integer(), fc.double());

    fc.assert(
      fc.property(anyHeaders, fc.uint8Array(), anyTime, (headers, bytes, at) => {
        expect(scheme.verify({ headers, body: Buffer.from(bytes) }, { now: at })).toMatchObject({ ok: false });
      }),
    );
  });

  it('throws for no body that was signed', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.constant('['.repeat(100_000))), (text) => {
        const body = Buffer.from(text).toString();

        expect(() => scheme.verify(received(headersFor(body), body), { now })).not.toThrow();
      }),
    );
  });
});
