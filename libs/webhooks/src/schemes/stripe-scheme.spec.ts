import { createHmac } from 'node:crypto';
import { Stripe } from 'stripe';
import { InvalidSecret } from '../invalid-secret.js';
import { stripeScheme } from './stripe-scheme.js';
import { alteredBodies, outcomeOf, received } from './testing/received.js';

const secret = 'whsec_demo_stripe';
const now = 1_700_000_000;
const body = '{"id":"evt_1","object":"event","name":"Zoë 😀"}';

const scheme = stripeScheme([secret]);
const untrusted = 'no signature is by a trusted key';

/** What Stripe's own library makes. */
const header = (payload = body, by = secret, timestamp = now): string =>
  Stripe.webhooks.generateTestHeaderString({ payload, secret: by, timestamp });
/** Over bytes that the library cannot sign, since it signs texts. */
const digestOver = (bytes: Buffer | string, timestamp = String(now)): string =>
  createHmac('sha256', secret).update(`${timestamp}.`).update(bytes).digest('hex');
const hex = digestOver(body);

/** What becomes of the event under this header. */
const under = (value: string | string[] | undefined, sent: string | Buffer = body, at = now): string =>
  outcomeOf(scheme, received({ 'Stripe-Signature': value }, sent), at);
/** What becomes of this body when it is signed. */
const signed = (bytes: Buffer | string): string => under(`t=${now},v1=${digestOver(bytes)}`, bytes);

describe("Stripe's scheme", () => {
  it("takes what Stripe's library signs, under the id of the event", () => {
    expect(under(header())).toBe('ok evt_1');
    expect(scheme.signsIdAndTime).toBe(true);
  });

  it('takes a thin event notification, as the library does', () => {
    const thin = '{"id":"evt_test_1","object":"v2.core.event","type":"v1.billing.meter.error_report_triggered"}';
    const signature = new Stripe('sk_test_1').webhooks.generateTestHeaderString({ payload: thin, secret });
    const notification = new Stripe('sk_test_1').parseEventNotification(thin, signature, secret);
    const sentAt = Number(/^t=(\d+)/.exec(signature)?.[1]);

    expect(under(signature, thin, sentAt)).toBe(`ok ${notification.id}`);
  });

  it('refuses a body in which any one byte was altered', () => {
    for (const altered of alteredBodies(body)) expect(under(header(), altered)).toBe(untrusted);
  });

  it('refuses another time than the signed one', () => {
    expect(under(header().replace(`t=${now}`, `t=${now + 1}`))).toBe(untrusted);
  });

  it('trusts every one of its secrets, each taken whole, and no other', () => {
    const rotating = stripeScheme(['whsec_new', secret]);
    const message = received({ 'stripe-signature': header() }, body);

    expect(outcomeOf(rotating, message, now)).toBe('ok evt_1');
    expect(outcomeOf(stripeScheme(['whsec_new']), message, now)).toBe(untrusted);
    expect(outcomeOf(stripeScheme([secret.slice('whsec_'.length)]), message, now)).toBe(untrusted);
  });

  it('finds its signature among several, as Stripe sends them while a secret is rotated', () => {
    const [, others] = header(body, 'whsec_new').split(',');

    expect(under(`${header()},${others}`)).toBe('ok evt_1');
    expect(under(`t=${now},${others},v1=${hex}`)).toBe('ok evt_1');
    expect(under(`t=${now},${others},${others}`)).toBe(untrusted);
  });

  it('allows clocks to differ by 300 s, and no second more', () => {
    expect(under(header(), body, now + 300)).toBe('ok evt_1');
    expect(under(header(), body, now - 300)).toBe('ok evt_1');
    expect(under(header(), body, now + 301)).toBe('t of stripe-signature is more than 300 s old');
    expect(under(header(), body, now - 301)).toBe('t of stripe-signature is more than 300 s ahead');
  });

  it.each([
    `v1=${hex},t=${now}`,
    `t=${now},v0=${hex},v1=${hex}`,
    `t=${now},v1=${'0'.repeat(63)},v1=${hex}`,
    `t=${now},v1=${hex.toUpperCase()},v1=${hex}`,
    `,x,t=${now}, v1=1,=,v1=${hex},`,
  ])('takes %s', (value) => {
    expect(under(value)).toBe('ok evt_1');
  });

  it.each([
    [undefined, 'stripe-signature is missing'],
    ['', 'stripe-signature is missing'],
    [[header(), header()], 'stripe-signature came twice'],
    [`v1=${hex}`, 'stripe-signature has no t'],
    [`T=${now},v1=${hex}`, 'stripe-signature has no t'],
    [` t=${now},v1=${hex}`, 'stripe-signature has no t'],
    [`t=${now},t=${now},v1=${hex}`, 'stripe-signature has more than one t'],
    [`t,v1=${hex}`, 't of stripe-signature is not a number of seconds'],
    [`t=,v1=${hex}`, 't of stripe-signature is not a number of seconds'],
    [`t=soon,v1=${hex}`, 't of stripe-signature is not a number of seconds'],
    [`t=-${now},v1=${hex}`, 't of stripe-signature is not a number of seconds'],
    [`t=${now}.5,v1=${hex}`, 't of stripe-signature is not a number of seconds'],
    [`t=${now} ,v1=${hex}`, 't of stripe-signature is not a number of seconds'],
    [`t=${now}=,v1=${hex}`, 't of stripe-signature is not a number of seconds'],
    [`t=1${'0'.repeat(12)},v1=${hex}`, 't of stripe-signature is not a number of seconds'],
    [`t=${now}`, 'stripe-signature has no well-formed v1 signature'],
    [`t=${now},v0=${hex}`, 'stripe-signature has no well-formed v1 signature'],
    [`t=${now}, v1=${hex}`, 'stripe-signature has no well-formed v1 signature'],
    [`t=${now},v1= ${hex}`, 'stripe-signature has no well-formed v1 signature'],
    [`t=${now},v1=${hex}=`, 'stripe-signature has no well-formed v1 signature'],
    [`t=${now},v1=${hex}0`, 'stripe-signature has no well-formed v1 signature'],
    [`t=${now},v1=${hex.slice(1)}`, 'stripe-signature has no well-formed v1 signature'],
    [`t=${now},v1=${hex.toUpperCase()}`, 'stripe-signature has no well-formed v1 signature'],
    [`t=${now};v1=${hex}`, 't of stripe-signature is not a number of seconds'],
    [`t=${now},v1=${hex},v1`, 'stripe-signature has an empty v1'],
    [`t=${now},v1=,v1=${hex}`, 'stripe-signature has an empty v1'],
    [`t=${now},v1==${hex},v1=${hex}`, 'stripe-signature has an empty v1'],
    [`t=${now},v1=${hex},v1=${'é'.repeat(64)}`, 'stripe-signature has characters that are not printable ASCII'],
    [`t=${now},v1=${hex}\n`, 'stripe-signature has characters that are not printable ASCII'],
  ])('refuses %j', (value, reason) => {
    expect(under(value)).toBe(reason);
  });

  it('refuses a time that is not written as a number is, though it is signed as written', () => {
    expect(under(`t=0${now},v1=${digestOver(body, `0${now}`)}`)).toBe(
      't of stripe-signature is not a number of seconds',
    );
  });

  it('reads headers of up to 8 KiB, with as many signatures as they hold', () => {
    const others = `v1=${'0'.repeat(64)},`.repeat(118);

    expect(under(`t=${now},${others}v1=${hex}`.padEnd(8_192, ','))).toBe('ok evt_1');
    expect(under(header().padEnd(8_193, ','))).toBe('stripe-signature exceeds 8192 bytes');
  });

  it('reads no body before its signature is found genuine', () => {
    expect(under(header(), '{')).toBe(untrusted);
    expect(signed('{')).toBe('the body is not JSON in UTF-8, and its id cannot be read');
  });

  it.each([
    ['nothing', ''],
    ['bytes that are not UTF-8', Buffer.from('{"id":"evt_1","name":"\xff"}', 'latin1')],
    ['a byte order mark, which the library takes away before it checks', `\ufeff${body}`],
  ])('refuses %s, though signed', (_, bytes) => {
    expect(signed(bytes)).toBe('the body is not JSON in UTF-8, and its id cannot be read');
  });

  it.each([
    ['null', 'is missing'],
    ['[]', 'is missing'],
    ['"evt_1"', 'is missing'],
    ['{}', 'is missing'],
    ['{"__proto__":{"id":"evt_1"}}', 'is missing'],
    ['{"id":null}', 'is not 1 to 255 printable characters without spaces'],
    ['{"id":1}', 'is not 1 to 255 printable characters without spaces'],
    ['{"id":["evt_1"]}', 'is not 1 to 255 printable characters without spaces'],
    ['{"id":""}', 'is not 1 to 255 printable characters without spaces'],
    ['{"id":"evt 1"}', 'is not 1 to 255 printable characters without spaces'],
    ['{"id":"evt_1\\n"}', 'is not 1 to 255 printable characters without spaces'],
    ['{"id":"é"}', 'is not 1 to 255 printable characters without spaces'],
    [`{"id":"${'e'.repeat(256)}"}`, 'is not 1 to 255 printable characters without spaces'],
  ])('refuses the event %s, though signed', (event, fault) => {
    expect(signed(event)).toBe(`the id of the event ${fault}`);
  });

  it('takes ids of up to 255 characters', () => {
    expect(signed(`{"id":"${'e'.repeat(255)}"}`)).toBe(`ok ${'e'.repeat(255)}`);
  });

  it.each([[[]], [['']], [[' \t']], [[secret, '']]])('cannot be made of the secrets %j', (secrets) => {
    expect(() => stripeScheme(secrets)).toThrow(InvalidSecret);
  });
});
