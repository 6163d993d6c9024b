import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { Stripe } from 'stripe';
import { stripeScheme } from './stripe-scheme.js';
import { received } from './testing/received.js';

const secret = 'whsec_demo_stripe';
const now = 1_700_000_000;

const events = [Buffer.from('{"id":"evt_1"}'), Buffer.from('{"id":"evt_1","name":"Zoë 😀"}')];
/** Bodies without an id, and those whose bytes and text are not the same thing, which the two read differently. */
const oddities = [
  ...['\ufeff{"id":"evt_1"}', '', '[]', 'null', '{'].map((text) => Buffer.from(text)),
  Buffer.from('{"id":"evt_1","name":"\xff"}', 'latin1'),
];

const times = [now, now - 300, now - 301, now + 300, now + 301, 0].map(String);
const spellings = [...times, `0${now}`, `+${now}`, ` ${now}`, `${now}.0`, `${now}=1`, `${now}s`, 'NaN', '', '-1'];

const digestOf = (time: string, body: Buffer): string =>
  createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex');

/** A part of the header: right, nearly right, or anything. */
function partOf(time: string, body: Buffer): fc.Arbitrary<string> {
  const hex = digestOf(time, body);
  return fc.oneof(
    { arbitrary: fc.constantFrom(`t=${time}`, `v1=${hex}`), weight: 6 },
    fc.constantFrom('t', 't=', ` t=${time}`, `t=${time} `, `T=${time}`, `t=${now}`, `t=0${now}`, `v0=${hex}`, 'v1'),
    fc.constantFrom('v1=', `v1==${hex}`, `v1=${hex}=`, ` v1=${hex}`, `v1=${hex} `, `v1=${hex.toUpperCase()}`),
    fc.constantFrom('v1=short', `v1=${'é'.repeat(64)}`, `v1=${'0'.repeat(64)}`, '', '=', 'v1,', 'v9=1'),
    fc.string(),
  );
}

/** Messages, most of them with a header that was tampered with. */
const anyMessage = fc
  .record({
    time: fc.oneof({ arbitrary: fc.constant(String(now)), weight: 3 }, fc.constantFrom(...spellings)),
    body: fc.oneof({ arbitrary: fc.constantFrom(...events), weight: 2 }, fc.constantFrom(...oddities)),
  })
  .chain(({ time, body }) => {
    const right = fc.constant([`t=${time}`, `v1=${digestOf(time, body)}`]);
    const parts = fc.oneof(right, fc.array(partOf(time, body), { maxLength: 6 }));
    return fc.record({
      body: fc.constant(body),
      header: fc.oneof(
        parts.map((some) => some.join(',')),
        fc
          .tuple(right, fc.array(partOf(time, body), { maxLength: 3 }))
          .map(([its, more]) => [...its, ...more].join(',')),
        fc
          .tuple(right, fc.nat(100), fc.string({ maxLength: 2 }), fc.nat(2))
          .map(([its, at, more, less]) => its.join(',').slice(0, at) + more + its.join(',').slice(at + less)),
      ),
    });
  });

describe("Stripe's scheme beside Stripe's library", () => {
  const scheme = stripeScheme([secret]);

  it('takes nothing that the library refuses', () => {
    let taken = 0;

    fc.assert(
      fc.property(anyMessage, ({ header, body }) => {
        const verification = scheme.verify(received({ 'stripe-signature': header }, body), { now });
        if (!verification.ok) return;

        taken += 1;
        const event = Stripe.webhooks.constructEvent(body, header, secret, 300, undefined, now * 1000);
        expect(event.id).toBe(verification.id);
      }),
      { numRuns: 5_000 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  it('takes every event that the library signs', () => {
    const anyEvent = fc.record({
      id: fc.stringMatching(/^[\x21-\x7e]{1,255}$/),
      timestamp: fc.integer({ min: 1, max: 99_999_999_999 }),
      name: fc.string({ unit: 'grapheme' }),
      by: fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text.trim() !== ''),
    });

    fc.assert(
      fc.property(anyEvent, ({ id, timestamp, name, by }) => {
        const payload = JSON.stringify({ name, id });
        const header = Stripe.webhooks.generateTestHeaderString({ payload, secret: by, timestamp });

        const verification = stripeScheme([by]).verify(received({ 'stripe-signature': header }, payload), {
          now: timestamp,
        });
        expect(verification).toEqual({ ok: true, id });
      }),
    );
  });
});
