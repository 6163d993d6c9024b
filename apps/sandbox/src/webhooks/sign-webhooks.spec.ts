import Stripe from 'stripe';
import { Webhook } from 'standardwebhooks';
import { signLikeCarrier, signLikeStripe } from './sign-webhooks.js';

const body = JSON.stringify({ id: 'evt_1', object: 'event', data: { object: { city: 'Zürich' } } }, null, 2);

describe('signing like Stripe', () => {
  const secret = 'whsec_of_a_shop';
  const sign = signLikeStripe(secret);

  it('is accepted by its SDK, and by no other secret', () => {
    const { 'stripe-signature': signature } = sign('evt_1', body, new Date());

    expect(Stripe.webhooks.constructEvent(body, signature!, secret)).toEqual(JSON.parse(body));
    expect(() => Stripe.webhooks.constructEvent(body, signature!, 'whsec_of_another')).toThrow(/signature/i);
    expect(() => Stripe.webhooks.constructEvent(`${body} `, signature!, secret)).toThrow(/signature/i);
  });

  it('signs the time of the attempt', () => {
    const first = sign('evt_1', body, new Date('2026-01-01T00:00:00.999Z'))['stripe-signature']!;
    const second = sign('evt_1', body, new Date('2026-01-01T00:00:01.000Z'))['stripe-signature']!;

    expect(first).toMatch(/^t=1767225600,v1=[0-9a-f]{64}$/);
    expect(second).toMatch(/^t=1767225601,v1=[0-9a-f]{64}$/);
    expect(second.slice(-64)).not.toBe(first.slice(-64));
    expect(() => Stripe.webhooks.constructEvent(body, first, secret)).toThrow(/tolerance/);
  });
});

describe('signing like the carrier', () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

  it('follows Standard Webhooks', () => {
    const headers = signLikeCarrier(secret)('msg_1', body, new Date());

    expect(headers).toMatchObject({ 'webhook-id': 'msg_1', 'content-type': 'application/json' });
    expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(secret).verify(body, { ...headers, 'webhook-id': 'msg_2' })).toThrow(/signature/i);
  });
});
