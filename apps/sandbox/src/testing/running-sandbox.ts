import { loadConfig } from '@hookshop/config';
import { startService } from '@hookshop/http';
import { createTransport, type Transporter } from 'nodemailer';
import Stripe from 'stripe';
import { SmtpDoor } from '../mail/smtp-door.js';
import { sandbox } from '../sandbox.js';
import { SandboxConfig } from '../sandbox.config.js';
import { SendWebhooks } from '../webhooks/send-webhooks.js';

export interface RunningSandbox {
  url: string;
  smtpPort: number;
  /** The official SDK, pointed here; it tries nothing twice. */
  stripe: Stripe;
  /** One connection per mail. */
  mailer: Transporter;
  /** Calls the sandbox's own API; undefined where the answer has no body. */
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }>; // eslint-disable-line @typescript-eslint/no-explicit-any
  webhooks: SendWebhooks;
  stop(): Promise<void>;
}

/** A whole sandbox on free ports in this process. */
export async function startSandbox(databaseUrl: string, environment: NodeJS.ProcessEnv = {}): Promise<RunningSandbox> {
  const config = loadConfig(SandboxConfig, {
    PORT: '0',
    SMTP_PORT: '0',
    DATABASE_URL: databaseUrl,
    LOG_LEVEL: 'silent',
    NODE_ENV: 'test',
    ...environment,
  });
  const app = await startService(sandbox, config);
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  const smtpPort = app.get(SmtpDoor).port;
  return {
    url,
    smtpPort,
    stripe: new Stripe('sk_test_sandbox', {
      host: '127.0.0.1',
      port: new URL(url).port,
      protocol: 'http',
      maxNetworkRetries: 0,
      timeout: 5_000,
      telemetry: false,
    }),
    mailer: createTransport({ host: '127.0.0.1', port: smtpPort }),
    async call(method, path, body) {
      const response = await fetch(url + path, {
        method,
        ...(body !== undefined && {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
    },
    webhooks: app.get(SendWebhooks),
    stop: () => app.close(),
  };
}

/** What a shop asks of its provider for one order. */
export const purchase = (orderId: string, method = 'pm_card_visa'): Stripe.PaymentIntentCreateParams => ({
  amount: 9900,
  currency: 'usd',
  confirm: true,
  payment_method: method,
  allowed_payment_method_types: ['card'],
  metadata: { orderId },
});

/** What the call was refused with. */
export async function refusal(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof Stripe.errors.StripeError) return outcome;
  throw new Error(`Stripe refused nothing: ${String(outcome)}`);
}
