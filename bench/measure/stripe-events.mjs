import { createHmac } from 'node:crypto';

const BYTES = 1_024;

/** A customer without any of the metadata that would make a payment of it. */
const customer = {
  id: 'cus_TfPQ1x4mHcVbZa',
  object: 'customer',
  address: { city: 'Springfield', country: 'US', line1: '1 Main St', line2: null, postal_code: '12345', state: null },
  balance: 0,
  created: 1_767_225_600,
  currency: 'usd',
  default_source: null,
  delinquent: false,
  description: '',
  email: 'ada@example.com',
  livemode: false,
  metadata: {},
  name: 'Ada Lovelace',
};

/** Where the id goes: a character that JSON would never leave as it is. */
const MARK = '\0';

function templateOf(description) {
  return JSON.stringify({
    id: 'ID',
    object: 'event',
    api_version: '2025-09-30.clover',
    created: 1_767_225_600,
    type: 'customer.updated',
    livemode: false,
    pending_webhooks: 1,
    request: { id: 'req_8sYqHn3kVbT2xA', idempotency_key: null },
    data: {
      object: { ...customer, description },
      previous_attributes: { description: null },
    },
  }).replace('"ID"', MARK);
}

/**
 * Makes events of the payment provider that concern nobody's payment, 1 KB each.
 *
 * @param {string} run makes the ids of this run distinct from those of any other
 * @returns {(number: number) => string} the body of an event; the same number is the same event
 */
export function stripeEvents(run) {
  const idOf = (number) => JSON.stringify(`evt_${run}${String(number).padStart(10, '0')}`);
  const missing = BYTES - Buffer.byteLength(templateOf('')) - idOf(0).length + MARK.length;
  const [head, tail] = templateOf('x'.repeat(missing)).split(MARK);
  return (number) => head + idOf(number) + tail;
}

/** Headers as the provider sends them, signed now. */
export function signedHeaders(body, secret) {
  const timestamp = Math.floor(Date.now() / 1_000);
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return {
    accept: '*/*; q=0.5, application/xml',
    'cache-control': 'no-cache',
    'content-type': 'application/json; charset=utf-8',
    'stripe-signature': `t=${timestamp},v1=${signature}`,
    'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
  };
}
