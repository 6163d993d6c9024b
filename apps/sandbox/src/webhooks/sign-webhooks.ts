import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/** The headers of one attempt, signed with the time at which it is made. */
export type Sign = (eventId: string, body: string, now: Date) => Record<string, string>;

/** Stripe's scheme: hex of the HMAC over `t.body`, whose key is the whole text of the secret, `whsec_` included. */
export const signLikeStripe =
  (secret: string): Sign =>
  (_eventId, body, now) => {
    const t = Math.floor(now.getTime() / 1000);
    const v1 = createHmac('sha256', secret).update(`${t}.${body}`).digest('hex');
    return {
      accept: '*/*; q=0.5, application/xml',
      'cache-control': 'no-cache',
      'content-type': 'application/json; charset=utf-8',
      'stripe-signature': `t=${t},v1=${v1}`,
      'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
    };
  };

/** Standard Webhooks, by the code of their authors. */
export function signLikeCarrier(secret: string): Sign {
  const webhook = new Webhook(secret);
  return (eventId, body, now) => ({
    'content-type': 'application/json',
    'user-agent': 'Sandbox-Express-Webhooks/1.0',
    'webhook-id': eventId,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': webhook.sign(eventId, now, body),
  });
}
