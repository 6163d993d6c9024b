import { createHmac, sign } from 'node:crypto';
import { privateKeyOf } from './key-pair.js';
import { secretKey } from './secret-key.js';

/** What a signature vouches for. */
export interface SignedMessage {
  /** Stays the same over every attempt. No full stops: they separate the parts that are signed. */
  id: string;
  /** Of the attempt, in whole Unix seconds. */
  timestamp: number;
  /** The very text that is sent. */
  body: string;
}

export interface Signer {
  /** One signature as it stands in the header: `v1,<base64>`. */
  sign(message: SignedMessage): string;
}

export interface WebhookHeaders {
  'webhook-id': string;
  'webhook-timestamp': string;
  'webhook-signature': string;
}

const signedText = ({ id, timestamp, body }: SignedMessage): string => `${id}.${timestamp}.${body}`;

/**
 * Signs `v1` (HMAC-SHA256). Keep it: the key is read once.
 *
 * @throws InvalidSecret unless the secret is `whsec_…`
 */
export function hmacSigner(secret: string): Signer {
  const key = secretKey(secret);
  return { sign: (message) => `v1,${createHmac('sha256', key).update(signedText(message)).digest('base64')}` };
}

/**
 * Signs `v1a` (Ed25519). Keep it: the key is read once.
 *
 * @throws InvalidSecret unless the key is `whsk_…`
 */
export function ed25519Signer(privateKey: string): Signer {
  const key = privateKeyOf(privateKey);
  return { sign: (message) => `v1a,${sign(null, Buffer.from(signedText(message)), key).toString('base64')}` };
}

/** The signatures of all signers, by spaces: a receiver accepts when it can verify one of them. */
export const signatureHeader = (signers: readonly Signer[], message: SignedMessage): string =>
  signers.map((signer) => signer.sign(message)).join(' ');

export const webhookHeaders = (signers: readonly Signer[], message: SignedMessage): WebhookHeaders => ({
  'webhook-id': message.id,
  'webhook-timestamp': String(message.timestamp),
  'webhook-signature': signatureHeader(signers, message),
});
