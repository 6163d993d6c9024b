import { createPublicKey, verify } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '@hookshop/testing';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import type { PartnerReceipt } from './sandbox-client.js';
import { ShopClient } from './shop-client.js';

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

interface NewEndpoint {
  id: string;
  secret: string;
  publicKey: string | null;
}

/** The DER of an Ed25519 public key is this and the key's 32 bytes. */
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

describe('webhooks to partners', () => {
  const shop = ShopClient.ofRun();
  let server: Server;
  let url: string;
  const received: Received[] = [];
  const created: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`;
    await shop.sandbox.partnerIsRegistered();
  });

  afterAll(async () => {
    for (const id of created) await partner('DELETE', `/v1/webhook-endpoints/${id}`);
    await shop.close();
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  });

  const partner = <T>(method: string, path: string, body?: object) =>
    shop.call<T>(method, path, { key: shop.shop.keys.partner, body });
  const register = async (settings: object): Promise<NewEndpoint> => {
    const { status, body } = await partner<NewEndpoint>('POST', '/v1/webhook-endpoints', { url, ...settings });
    expect(status).toBe(201);
    created.push(body.id);
    return body;
  };
  const about = (orderId: string): Received[] => received.filter(({ body }) => body.includes(orderId));

  it('bring every fact of an order to the partner of the sandbox, once each, signed', async () => {
    const order = await shop.place();
    await shop.becomes(order, { status: 'confirmed' });

    const all = ['email.sent.v1', 'order.confirmed.v1', 'order.placed.v1', 'payment.captured.v1', 'stock.reserved.v1'];
    const receipts = await eventually(
      () => shop.sandbox.partnerReceived(order),
      (found: PartnerReceipt[]) => all.every((type) => found.some((receipt) => receipt.type === type)),
      { timeoutMs: 20_000 },
    );
    const types = receipts.map(({ type }) => type);
    expect([...types].sort()).toEqual(all);
    expect(receipts.every(({ copy }) => copy === 1)).toBe(true);
    const facts = await shop.timelineWith(order, ...types);
    for (const { webhookId, type } of receipts) {
      expect(facts.find(({ id }) => id === webhookId)?.type).toBe(type);
    }
  });

  it('are accepted by standardwebhooks and svix, and v1a by the key that the endpoint shows', async () => {
    const endpoint = await register({ eventTypes: ['order.confirmed.v1'], signatures: ['v1', 'v1a'] });
    const order = await shop.place();
    const [{ headers, body }] = (await eventually(
      () => about(order.id),
      (all) => all.length === 1,
    )) as [Received];

    const signed = headers as Record<string, string>;
    expect(new StandardWebhook(endpoint.secret).verify(body, signed)).toMatchObject({ type: 'order.confirmed.v1' });
    expect(() => new SvixWebhook(endpoint.secret).verify(body, signed)).not.toThrow();
    const raw = Buffer.from(endpoint.publicKey!.replace('whpk_', ''), 'base64');
    const key = createPublicKey({ key: Buffer.concat([ED25519_PREFIX, raw]), format: 'der', type: 'spki' });
    const text = `${signed['webhook-id']}.${signed['webhook-timestamp']}.${body}`;
    const v1a = signed['webhook-signature']!.split(' ').find((one) => one.startsWith('v1a,'))!;
    expect(verify(null, Buffer.from(text), key, Buffer.from(v1a.slice(4), 'base64'))).toBe(true);
  });

  it('keep to the content that an endpoint asked for', async () => {
    await register({ eventTypes: ['order.placed.v1'], filter: { 'data.lines.sku': 'MOUSE-01' } });
    const keyboard = await shop.place({ sku: 'KEYB-01' });
    const mouse = await shop.place({ sku: 'MOUSE-01' });

    await eventually(() => about(mouse.id).some(({ body }) => body.includes('order.placed.v1')));
    await shop.rest();
    expect(about(keyboard.id).filter(({ body }) => body.includes('order.placed.v1'))).toHaveLength(0);
  });

  it('never bring what is internal', async () => {
    await shop.rest();
    const { data } = await shop.get<{ data: { type: string }[] }>('/v1/event-types');

    expect(data.map(({ type }) => type)).not.toContain('order.payment-requested.v1');
    expect((await shop.sandbox.partnerReceived()).map(({ type }) => type)).not.toContain('order.payment-requested.v1');
  });
});
