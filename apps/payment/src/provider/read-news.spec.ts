import fc from 'fast-check';
import { Stripe } from 'stripe';
import { chargeEvent, eventOf, intentEvent, refundEvent } from '../testing/stripe-events.js';
import type { Intent } from '../testing/provider-stand-in.js';
import { MalformedNews } from './news.js';
import { readNews } from './read-news.js';

const orderId = '0198c5a0-0000-7000-8000-000000000001';
const intent: Intent = {
  ...{ id: 'pi_1', amount: 9900, currency: 'usd', status: 'succeeded', last_payment_error: null },
  metadata: { orderId, paymentId: '0198c5a0-0000-7000-8000-000000000002' },
};
const refund = { id: 're_1', payment_intent: 'pi_1', status: 'succeeded' } as const;
const noId = 'the intent of payment_intent.succeeded has no usable id';
const noAmount = 'payment_intent.succeeded has no amount_received';
const read = (event: unknown) => readNews(Buffer.from(typeof event === 'string' ? event : JSON.stringify(event)));

describe('What a webhook of the provider says', () => {
  it.each([
    ['succeeded', { status: 'succeeded' }, { is: 'captured', reference: 'pi_1' }],
    ['canceled', { status: 'canceled', cancellation_reason: 'abandoned' }, { is: 'cancelled', reason: 'abandoned' }],
    ['payment_failed', { status: 'requires_payment_method' }, { is: 'declined', reason: 'card_declined' }],
  ])('about an intent: %s', (type, more, outcome) => {
    expect(read(intentEvent(type, intent, more))).toMatchObject({
      ...{ about: 'charge', type: `payment_intent.${type}`, orderId, reference: 'pi_1', outcome },
      ...{ amountReceived: 9900, currency: 'USD' },
    });
  });

  it.each(['refund.created', 'refund.updated', 'refund.failed', 'charge.refund.updated'])(
    'about a refund: %s',
    (type) => {
      expect(read(refundEvent(type, refund))).toEqual({
        ...{ about: 'refund', type, orderId: undefined, reference: 'pi_1', refundReference: 're_1' },
        ...{ status: 'returned', amount: 9900 },
      });
    },
  );

  it.each([
    ['succeeded', 'returned'],
    ['failed', 'failed'],
    ['canceled', 'failed'],
    ['pending', 'open'],
    ['requires_action', 'open'],
    [null, 'open'],
  ])('about a refund that is %s: %s', (status, expected) => {
    expect(read(refundEvent('refund.updated', refund, { status }))).toMatchObject({ status: expected });
  });

  it.each([
    [{}, 'returned'],
    [{ refunded: false }, 'open'],
    [{ refunded: 'true' }, 'open'],
  ])('about a charge with %j: %s', (more, status) => {
    expect(read(chargeEvent('charge.refunded', intent, more))).toMatchObject({
      ...{ about: 'refund', orderId, reference: 'pi_1', refundReference: null, status, amount: 9900 },
    });
  });

  it.each([
    ['payment_intent.created', { object: 'payment_intent' }],
    ['invoice.paid', null],
    ['toString', {}],
    ['__proto__', {}],
  ])('is nothing to the shop when it is of the type %s', (type, object) => {
    expect(read(eventOf(type, object as object))).toBeUndefined();
  });

  it.each([
    ['no metadata', null],
    ["an order id that is not the shop's", { orderId: '1042' }],
    ['an order id that is a list', { orderId: [orderId] }],
    ['metadata that is a list', [orderId]],
  ])('has no order when it has %s', (_what, metadata) => {
    expect(read(intentEvent('succeeded', intent, { metadata }))).toMatchObject({ orderId: undefined });
  });

  it('names an order as the shop writes it', () => {
    const metadata = { orderId: orderId.toUpperCase() };

    expect(read(intentEvent('succeeded', intent, { metadata }))).toMatchObject({ orderId });
  });

  it.each<[string, unknown, string]>([
    ['empty', '', 'it is not JSON'],
    ['null', 'null', 'it is not a JSON object'],
    ['a list', [], 'it is not a JSON object'],
    ['an empty object', {}, 'it has no type'],
    ['of a type that is no text', { object: 'event', type: 7 }, 'it has no type'],
    ['of the other format', { ...intentEvent('succeeded', intent), object: 'v2.core.event' }, 'it has no type'],
    ['without what it carries', { object: 'event', type: 'refund.failed' }, 'refund.failed does not carry a refund'],
    ['with a list', { object: 'event', type: 'refund.failed', data: [] }, 'refund.failed does not carry a refund'],
    ['with something else', eventOf('refund.failed', { object: 'charge' }), 'refund.failed does not carry a refund'],
    ['about an intent whose id has a NUL', intentEvent('succeeded', intent, { id: 'pi_1\u0000' }), noId],
    ['about an intent whose id is too long', intentEvent('succeeded', intent, { id: 'x'.repeat(201) }), noId],
    ['about an amount that is text', intentEvent('succeeded', intent, { amount_received: '9900' }), noAmount],
    ['about a fraction of a cent', intentEvent('succeeded', intent, { amount_received: 9900.5 }), noAmount],
    [
      'about a currency nobody has',
      intentEvent('succeeded', intent, { currency: 'dollars' }),
      'payment_intent.succeeded has no currency',
    ],
    [
      'about a refund whose id is no text',
      refundEvent('refund.failed', refund, { id: {} }),
      'the refund of refund.failed has no usable id',
    ],
    [
      'about a refund without an amount',
      refundEvent('refund.failed', refund, { amount: null }),
      'refund.failed has no amount',
    ],
    [
      'about a charge without an amount',
      chargeEvent('charge.refunded', intent, { amount_refunded: undefined }),
      'charge.refunded has no amount_refunded',
    ],
  ])('is refused when it is %s', (_what, event, fault) => {
    expect(() => read(event)).toThrow(new MalformedNews(fault));
  });

  it('may be anything, and is news, nothing or malformed', () => {
    const types = ['payment_intent.succeeded', 'charge.refunded', 'refund.failed', 'invoice.paid'];
    const carried = fc.oneof(
      fc.jsonValue(),
      fc.record({ object: fc.constantFrom('payment_intent', 'charge', 'refund') }),
    );
    const odd = fc.record(
      {
        id: fc.jsonValue(),
        payment_intent: fc.jsonValue(),
        status: fc.jsonValue(),
        metadata: fc.jsonValue(),
        last_payment_error: fc.jsonValue(),
        cancellation_reason: fc.jsonValue(),
        failure_reason: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const known = fc.constantFrom(
      ...[
        intentEvent('succeeded', intent),
        refundEvent('refund.failed', refund),
        chargeEvent('charge.refunded', intent),
      ],
    ) as fc.Arbitrary<{ data: { object: object } }>;
    const events = fc.oneof(
      fc.record({
        object: fc.constant('event'),
        type: fc.constantFrom(...types),
        data: fc.record({ object: carried }),
      }),
      fc.tuple(known, odd).map(([event, more]) => ({ ...event, data: { object: { ...event.data.object, ...more } } })),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(events, (event) => {
        try {
          read(JSON.stringify(event));
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedNews);
        }
      }),
    );
  });

  it('is read as the SDK of the provider hands it out', () => {
    const payload = JSON.stringify(intentEvent('succeeded', intent));
    const header = Stripe.webhooks.generateTestHeaderString({ payload, secret: 'whsec_spec' });
    const event = Stripe.webhooks.constructEvent(payload, header, 'whsec_spec');

    expect(read(event)).toEqual(read(payload));
  });
});
