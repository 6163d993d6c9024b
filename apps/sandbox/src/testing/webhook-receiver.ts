import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import Stripe from 'stripe';
import { Webhook } from 'standardwebhooks';

export interface ReceivedWebhook {
  /** `/hooks/stripe`. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

const stripeSecret = 'whsec_of_the_specs';
const carrierSecret = `whsec_${Buffer.from('the secret of the carrier in the specs').toString('base64')}`;

/** Stands where the shop takes webhooks: a real HTTP server that keeps what comes in. */
export class WebhookReceiver {
  readonly received: ReceivedWebhook[] = [];
  /** Tells what to answer: a status, or null for never. */
  answer: (webhook: ReceivedWebhook) => number | null | Promise<number | null> = () => 200;
  private server?: Server;

  private constructor(private port: number) {}

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver(0);
    await receiver.listen();
    return receiver;
  }

  /** What tells a sandbox to send everything here. Beside the secret that signs stands one that replaces it soon. */
  get environment(): NodeJS.ProcessEnv {
    return {
      STRIPE_WEBHOOK_URL: `http://127.0.0.1:${this.port}/hooks/stripe`,
      STRIPE_WEBHOOK_SECRET: `${stripeSecret},whsec_next`,
      CARRIER_WEBHOOK_URL: `http://127.0.0.1:${this.port}/hooks/carrier`,
      CARRIER_WEBHOOK_SECRET: `${carrierSecret},whsec_${Buffer.alloc(24).toString('base64')}`,
    };
  }

  /** What Stripe told, verified by its own SDK, in the order of its coming. */
  get stripeEvents(): Stripe.Event[] {
    return this.received.filter(({ path }) => path === '/hooks/stripe').map(stripeEventOf);
  }

  /** What the carrier told, verified by the authors of Standard Webhooks, in the order of its coming. */
  get carrierMessages(): unknown[] {
    return this.received.filter(({ path }) => path === '/hooks/carrier').map(carrierMessageOf);
  }

  /** Listens again where it did before `stop`. */
  async listen(): Promise<void> {
    this.server = createServer((request, response) => void this.take(request, response));
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Nobody listens there any more. */
  async stop(): Promise<void> {
    const { server } = this;
    if (!server?.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const webhook = { path: request.url!, headers: request.headers, body: await text(request) };
    this.received.push(webhook);
    const status = await this.answer(webhook);
    if (status !== null) response.writeHead(status, { location: '/elsewhere' }).end('{}');
  }
}

/** @throws when the signature is not genuine */
export const stripeEventOf = ({ body, headers }: ReceivedWebhook): Stripe.Event =>
  Stripe.webhooks.constructEvent(body, headers['stripe-signature']!, stripeSecret);

/** @throws when the signature is not genuine */
export const carrierMessageOf = ({ body, headers }: ReceivedWebhook): unknown =>
  new Webhook(carrierSecret).verify(body, headers as Record<string, string>);
