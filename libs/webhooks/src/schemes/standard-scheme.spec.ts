import { Webhook } from 'standardwebhooks';
import { InvalidSecret } from '../invalid-secret.js';
import { mintSecret } from '../secret-key.js';
import { standardScheme } from './standard-scheme.js';
import { alteredBodies, outcomeOf, received } from './testing/received.js';

/** As published with the Standard Webhooks libraries. */
const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const now = 1614265330;
const body = '{"test": 2432232314}';
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const headers = { 'webhook-id': id, 'webhook-timestamp': String(now), 'webhook-signature': signature };

const scheme = standardScheme([secret]);
const untrusted = 'no signature is by a trusted key';

describe('the standard scheme', () => {
  it('takes the published message, under its id', () => {
    expect(outcomeOf(scheme, received(headers, body), now)).toBe(`ok ${id}`);
  });

  it('says that id and time are signed, and refuses others in their place', () => {
    expect(scheme.signsIdAndTime).toBe(true);
    expect(outcomeOf(scheme, received({ ...headers, 'webhook-id': 'msg_2' }, body), now)).toBe(untrusted);
    expect(outcomeOf(scheme, received({ ...headers, 'webhook-timestamp': `${now + 1}` }, body), now)).toBe(untrusted);
  });

  it('takes what the package standardwebhooks signs', () => {
    const text = '{"name":"Zoë 😀"}';
    const signed = new Webhook(secret).sign('msg_1', new Date(now * 1000), text);
    const its = { ...headers, 'webhook-id': 'msg_1', 'webhook-signature': signed };

    expect(outcomeOf(scheme, received(its, text), now)).toBe('ok msg_1');
  });

  it('refuses a body in which any one byte was altered', () => {
    for (const altered of alteredBodies(body)) {
      expect(outcomeOf(scheme, received(headers, altered), now)).toBe(untrusted);
    }
  });

  it('keeps bytes apart that become the same text', () => {
    const signed = new Webhook(secret).sign(id, new Date(now * 1000), '\ufffd');
    const its = { ...headers, 'webhook-signature': signed };

    expect(outcomeOf(scheme, received(its, '\ufffd'), now)).toBe(`ok ${id}`);
    expect(outcomeOf(scheme, received(its, Buffer.of(0xff)), now)).toBe(untrusted);
  });

  it('trusts every one of its secrets, and no other', () => {
    expect(outcomeOf(standardScheme([mintSecret(), secret]), received(headers, body), now)).toBe(`ok ${id}`);
    expect(outcomeOf(standardScheme([mintSecret()]), received(headers, body), now)).toBe(untrusted);
  });

  it('finds its signature among those by other secrets', () => {
    const others = new Webhook(mintSecret()).sign(id, new Date(now * 1000), body);
    const its = { ...headers, 'webhook-signature': `${others} ${signature}` };

    expect(outcomeOf(scheme, received(its, body), now)).toBe(`ok ${id}`);
  });

  it('allows clocks to differ by 300 s, and no second more', () => {
    const at = (time: number): string => outcomeOf(scheme, received(headers, body), time);

    expect(at(now + 300)).toBe(`ok ${id}`);
    expect(at(now - 300)).toBe(`ok ${id}`);
    expect(at(now + 301)).toBe('webhook-timestamp is more than 300 s old');
    expect(at(now - 301)).toBe('webhook-timestamp is more than 300 s ahead');
  });

  it.each(Object.entries(headers))('refuses %s when it is missing or came twice', (name, value) => {
    const having = (values: string[] | undefined): string =>
      outcomeOf(scheme, received({ ...headers, [name]: values }, body), now);

    expect(having(undefined)).toBe(`${name} is missing`);
    expect(having([])).toBe(`${name} is missing`);
    expect(having([''])).toBe(`${name} is missing`);
    expect(having([value, value])).toBe(`${name} came twice`);
  });

  it('refuses an id that moves the boundary between the signed parts', () => {
    const signed = new Webhook(secret).sign('a', new Date(1000), `${now}.x`);
    const its = { ...headers, 'webhook-id': 'a.1', 'webhook-signature': signed };

    expect(outcomeOf(scheme, received(its, 'x'), now)).toBe(
      'webhook-id is not 1 to 255 printable characters without spaces and full stops',
    );
  });

  it('reads signature headers of up to 8 KiB', () => {
    const of = (length: number): string =>
      outcomeOf(scheme, received({ ...headers, 'webhook-signature': signature.padStart(length) }, body), now);

    expect(of(8_192)).toBe(`ok ${id}`);
    expect(of(8_193)).toBe('webhook-signature exceeds 8192 bytes');
  });

  it.each([[[]], [['']], [['hush']], [[secret, 'whsec_!']]])('cannot be made of the secrets %j', (secrets) => {
    expect(() => standardScheme(secrets)).toThrow(InvalidSecret);
  });
});
