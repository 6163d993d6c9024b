import { createHmac, randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/** A webhook of a third party, ready to be sent. */
export interface SignedHook {
  source: string;
  /** The sender's id of it. */
  id: string;
  headers: Record<string, string>;
  body: string;
}

/** What a shop on one machine has in the package.json files of its services. */
const demoSecrets = {
  stripe: 'whsec_demo_stripe',
  carrier: 'whsec_aG9va3Nob3AtZGVtby1jYXJyaWVyLXNlY3JldA==',
  esign: 'demo_esign_secret',
};

const hex = (secret: string, text: string): string => createHmac('sha256', secret).update(text).digest('hex');

/** An event as Stripe sends it. */
export function stripeHook(
  event: { id?: string; type: string; object: object },
  { secret = demoSecrets.stripe, at = new Date() }: { secret?: string; at?: Date } = {},
): SignedHook {
  const { id = `evt_${randomUUID()}`, type, object } = event;
  const timestamp = Math.floor(at.getTime() / 1000);
  const body = JSON.stringify({ id, object: 'event', created: timestamp, type, data: { object } }, null, 2);
  const signature = `t=${timestamp},v1=${hex(secret, `${timestamp}.${body}`)}`;
  return { source: 'stripe', id, body, headers: { ...json, 'stripe-signature': signature } };
}

/** A message of the carrier, by the Standard Webhooks specification. */
export function carrierHook(type: string, data: object, id = `msg_${randomUUID()}`): SignedHook {
  const at = new Date();
  const body = JSON.stringify({ type, timestamp: at.toISOString(), data });
  const signature = new Webhook(demoSecrets.carrier).sign(id, at, body);
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
  return { source: 'carrier', id, body, headers: { ...json, ...headers } };
}

/** A message of the source that configuration alone has made. */
export function esignHook(document: object, id: string = randomUUID()): SignedHook {
  const body = JSON.stringify({ id, document });
  return { source: 'esign', id, body, headers: { ...json, 'x-esign-signature': hex(demoSecrets.esign, body) } };
}

const json = { 'content-type': 'application/json' };
