import { createHmac } from 'node:crypto';
import { mintSecret } from '@hookshop/webhooks';
import { sign } from '@octokit/webhooks-methods';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Stripe } from 'stripe';
import { v7 as uuidv7 } from 'uuid';
import { secrets, type Webhook } from './inbound-under-test.js';

export interface Signing {
  secret?: string;
  /** Unix seconds, where the time is signed. */
  at?: number;
}

/** A third party that signs with its own library, or by hand where it has none. */
export interface Sender {
  source: keyof typeof secrets;
  /** Has its signature. */
  header: string;
  /** Has the id of a message; undefined where that is in the body. */
  idHeader?: string;
  signsTime: boolean;
  anotherSecret: string;
  sign(body: string, signing?: Signing): Promise<Webhook>;
}

const now = (): number => Math.floor(Date.now() / 1_000);
const hmac = (secret: string, body: string, encoding: 'hex' | 'base64') =>
  createHmac('sha256', secret).update(body).digest(encoding);

/** A body that is a message to each of them, under an id of its own. */
export function newBody(): string {
  const id = uuidv7();
  const document = { documentId: 'doc_1', signer: 'ada@example.com' };
  return JSON.stringify({ id: `evt_${id}`, delivery: { id }, document });
}

export const senders: readonly Sender[] = [
  {
    source: 'stripe',
    header: 'stripe-signature',
    signsTime: true,
    anotherSecret: 'whsec_of_somebody_else',
    async sign(body, { secret = secrets.stripe, at: timestamp = now() } = {}) {
      const { webhooks } = new Stripe('sk_test_of_the_specs');
      const signature = webhooks.generateTestHeaderString({ payload: body, secret, timestamp });
      return { source: 'stripe', body, headers: { 'stripe-signature': signature } };
    },
  },
  {
    source: 'carrier',
    header: 'webhook-signature',
    idHeader: 'webhook-id',
    signsTime: true,
    anotherSecret: mintSecret(),
    async sign(body, { secret = secrets.carrier, at = now() } = {}) {
      const id = `msg_${uuidv7()}`;
      const signature = new StandardWebhook(secret).sign(id, new Date(at * 1_000), body);
      const headers = { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': signature };
      return { source: 'carrier', body, headers };
    },
  },
  {
    source: 'github',
    header: 'x-hub-signature-256',
    idHeader: 'x-github-delivery',
    signsTime: false,
    anotherSecret: 'secret of somebody else',
    async sign(body, { secret = secrets.github } = {}) {
      const signature = await sign(secret, body);
      return { source: 'github', body, headers: { 'x-hub-signature-256': signature, 'x-github-delivery': uuidv7() } };
    },
  },
  {
    source: 'shopify',
    header: 'x-shopify-hmac-sha256',
    idHeader: 'x-shopify-webhook-id',
    signsTime: false,
    anotherSecret: 'secret of somebody else',
    async sign(body, { secret = secrets.shopify } = {}) {
      const signature = hmac(secret, body, 'base64');
      const headers = { 'x-shopify-hmac-sha256': signature, 'x-shopify-webhook-id': uuidv7() };
      return { source: 'shopify', body, headers };
    },
  },
  {
    source: 'esign',
    header: 'x-esign-signature',
    signsTime: false,
    anotherSecret: 'secret of somebody else',
    async sign(body, { secret = secrets.esign } = {}) {
      return { source: 'esign', body, headers: { 'x-esign-signature': hmac(secret, body, 'hex') } };
    },
  },
];

export const senderNamed = (source: Sender['source']): Sender => senders.find((sender) => sender.source === source)!;
