import { createHmac } from 'node:crypto';
import { InvalidSecret } from '../invalid-secret.js';
import { hmacScheme, type HmacSchemeOptions } from './hmac-scheme.js';
import { InvalidPointer } from './json-pointer.js';
import { outcomeOf, received } from './testing/received.js';

const secret = 'test_secret';
const options = { secrets: [secret], header: 'X-Signature', encoding: 'hex', id: { header: 'X-Id' } } as const;

const signatureOf = (body: string | Buffer): string => createHmac('sha256', secret).update(body).digest('hex');
/** What becomes of a signed body, under these options. */
const signed = (body: string | Buffer, changed: Partial<HmacSchemeOptions> = {}): string =>
  outcomeOf(hmacScheme({ ...options, ...changed }), received({ 'x-signature': signatureOf(body), 'x-id': '7' }, body));

const noJson = 'the body is not JSON in UTF-8, and its id cannot be read';

describe('HMAC schemes', () => {
  /** As published with Stripe's libraries, over the text alone. */
  it.each([
    ['{"obj1":"hello","obj2":"world"}', 'bebb1a643997f419b315ddba19e6f5411e1ce7f810ba6d3617ce72823092f363'],
    ['', 'f7f9bd47fb987337b5796fdc1fdb9ba221d0d5396814bfcaf9521f43fd8927fd'],
    ['😀', '837da296d05c4fe31f61d5d7ead035099d9585a5bcde87de952012a78f0b0c43'],
  ])('take the published signature of %j', (body, signature) => {
    expect(outcomeOf(hmacScheme(options), received({ 'x-signature': signature, 'x-id': '7' }, body))).toBe('ok 7');
  });

  it('take the signature after its prefix, and not without it', () => {
    const under = (value: string): string =>
      outcomeOf(hmacScheme({ ...options, prefix: 'v1:' }), received({ 'x-signature': value, 'x-id': '7' }, 'x'));

    expect(under(`v1:${signatureOf('x')}`)).toBe('ok 7');
    expect(under(signatureOf('x'))).toBe('x-signature is not v1: and 64 lower-case hex digits');
  });

  it('take base64 where it is asked for, and no hex', () => {
    const base64 = Buffer.from(signatureOf('x'), 'hex').toString('base64');
    const under = (value: string): string =>
      outcomeOf(hmacScheme({ ...options, encoding: 'base64' }), received({ 'x-signature': value, 'x-id': '7' }, 'x'));

    expect(under(base64)).toBe('ok 7');
    expect(under(signatureOf('x'))).toBe('x-signature is not 32 bytes in padded base64');
  });

  it('keep bytes apart that become the same text', () => {
    const headers = { 'x-signature': signatureOf('\ufffd'), 'x-id': '7' };

    expect(outcomeOf(hmacScheme(options), received(headers, '\ufffd'))).toBe('ok 7');
    expect(outcomeOf(hmacScheme(options), received(headers, Buffer.of(0xff)))).toBe(
      'the signature is by no trusted key',
    );
    expect(signed(Buffer.of(0xff))).toBe('ok 7');
  });

  it('look at no header that every object has', () => {
    const scheme = hmacScheme({ ...options, header: 'constructor' });

    expect(outcomeOf(scheme, received({}, 'x'))).toBe('constructor is missing');
  });

  it.each([
    ['{"event":{"id":"evt_1"}}', 'ok evt_1'],
    ['{"event":{"id":42}}', 'ok 42'],
    ['{"n":[1, 2.5],"s":"a\\" 3 \\"4","event":{"id":-0.50e3},"t":"5\\\\"}', 'ok -0.50e3'],
    ['{"event":{"id":9007199254740993}}', 'ok 9007199254740993'],
    ['{"event":{"id":1e999}}', 'ok 1e999'],
  ])('find the id in the body %s', (body, outcome) => {
    expect(signed(body, { id: { pointer: '/event/id' } })).toBe(outcome);
  });

  it('take the whole body for the id when the pointer is empty', () => {
    expect(signed('"evt_1"', { id: { pointer: '' } })).toBe('ok evt_1');
    expect(signed('12', { id: { pointer: '' } })).toBe('ok 12');
  });

  it.each([
    ['{}', 'the id at "/event/id" in the body is missing'],
    ['{"event":null}', 'the id at "/event/id" in the body is missing'],
    ['{"event":{"id":true}}', 'the id at "/event/id" in the body is not 1 to 255 printable characters without spaces'],
    ['{"event":{"id":{}}}', 'the id at "/event/id" in the body is not 1 to 255 printable characters without spaces'],
    ['{"event":{"id":""}}', 'the id at "/event/id" in the body is not 1 to 255 printable characters without spaces'],
    ['', noJson],
    ['{', noJson],
    [Buffer.from('{"event":{"id":"\xff"}}', 'latin1'), noJson],
  ])('refuse the signed body %s, which has no id', (body, reason) => {
    expect(signed(body, { id: { pointer: '/event/id' } })).toBe(reason);
  });

  it('read no body before its signature is found genuine', () => {
    const scheme = hmacScheme({ ...options, id: { pointer: '/id' } });

    expect(outcomeOf(scheme, received({ 'x-signature': signatureOf('x') }, '{'))).toBe(
      'the signature is by no trusted key',
    );
  });

  it('cannot be made with a pointer that is none', () => {
    expect(() => hmacScheme({ ...options, id: { pointer: 'event.id' } })).toThrow(InvalidPointer);
  });

  it.each([
    [[], 'There is no secret to verify signatures with: give at least one'],
    [[secret, ' '], 'A secret is empty: anybody could sign with it'],
  ])('cannot be made of the secrets %j', (secrets, reason) => {
    expect(() => hmacScheme({ ...options, secrets })).toThrow(new InvalidSecret(reason));
  });
});
