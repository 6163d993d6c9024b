import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Stripe } from 'stripe';
import type { PaymentConfig } from '../payment.config.js';

type StripeConfig = Pick<PaymentConfig, 'stripeApiKey' | 'stripeApiBase' | 'stripeTimeoutMs' | 'stripeConcurrency'>;

/** Stripe, or whoever speaks its API at the configured address. */
export function openStripe(config: StripeConfig): Stripe {
  const base = new URL(config.stripeApiBase ?? 'https://api.stripe.com');
  const secure = base.protocol === 'https:';
  const Agent = secure ? HttpsAgent : HttpAgent;
  // Charges and refunds each have their own workers.
  const sockets = 2 * config.stripeConcurrency;
  return new Stripe(config.stripeApiKey, {
    host: base.hostname.replace(/^\[|\]$/g, ''),
    port: base.port || (secure ? 443 : 80),
    protocol: secure ? 'https' : 'http',
    httpAgent: new Agent({ keepAlive: true, maxSockets: sockets, maxFreeSockets: sockets }),
    timeout: config.stripeTimeoutMs,
    // Retries are ours: they outlive this process and look before they repeat.
    maxNetworkRetries: 0,
    telemetry: false,
  });
}
