import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '@hookshop/testing';
import { Webhook } from 'standardwebhooks';
import { ShopClient } from './shop-client.js';
import { carrierHook, esignHook, stripeHook } from './signed-hooks.js';

describe('at the door for webhooks of third parties', () => {
  const shop = ShopClient.ofRun();
  afterAll(() => shop.close());

  const aStripeHook = (options?: Parameters<typeof stripeHook>[1]) =>
    stripeHook({ type: 'customer.updated', object: { id: 'cus_1', object: 'customer' } }, options);
  const rejected = async (source: string): Promise<{ reason: string | null }[]> =>
    (await shop.get<{ data: { reason: string | null }[] }>(`/v1/inbound-webhooks?source=${source}&status=rejected`))
      .data;

  it('a genuine message is taken, and its replay is a duplicate that states nothing', async () => {
    const hook = aStripeHook();

    expect((await shop.hook(hook)).status).toBe(202);
    expect((await shop.hook(hook)).status).toBe(200);

    expect((await shop.receipts(hook.id)).map(({ status }) => status)).toEqual(['duplicate', 'received']);
    const facts = await eventually(
      () => shop.facts<{ webhookId: string; body: string }>('webhook.received.v1'),
      (all) => all.some(({ data }) => data.webhookId === hook.id),
    );
    expect(facts.filter(({ data }) => data.webhookId === hook.id)).toMatchObject([{ data: { body: hook.body } }]);
  });

  it('nobody learns why a message was refused, but an admin does', async () => {
    const genuine = aStripeHook();
    const refusals = [
      { ...genuine, body: genuine.body.replace('cus_1', 'cus_2') },
      { ...genuine, headers: {} },
      aStripeHook({ secret: 'whsec_guessed' }),
      aStripeHook({ at: new Date(Date.now() - 3_600_000) }),
    ];

    const answers = [];
    for (const refused of refusals) answers.push(await shop.hook(refused));

    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(answers[0]!.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const reasons = (await rejected('stripe')).slice(0, 4).map(({ reason }) => reason);
    expect(new Set(reasons).size).toBeGreaterThan(1);
    expect(reasons.join()).not.toContain('whsec_');
    expect(await shop.receipts(genuine.id)).toEqual([]);
  });

  it('a source that does not exist is not found', async () => {
    const { status, headers } = await shop.hook({ ...aStripeHook(), source: 'nobody' });

    expect(status).toBe(404);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it('a message of one source is none of another, whoever signed it', async () => {
    expect((await shop.hook({ ...aStripeHook(), source: 'carrier' })).status).toBe(401);
    expect((await shop.hook({ ...carrierHook('shipment.lost', {}), source: 'stripe' })).status).toBe(401);
  });

  it('a message of the carrier about a parcel that it was not given is a dead letter of shipping', async () => {
    const reference = randomUUID();
    const at = new Date().toISOString();
    const hook = carrierHook('shipment.picked_up', {
      id: `shp_${randomUUID()}`,
      reference,
      status: 'picked_up',
      carrier: 'Sandbox Express',
      tracking_number: 'SE000000000000',
      created_at: at,
      picked_up_at: at,
      delivered_at: null,
      cancelled_at: null,
      returning_at: null,
    });

    expect((await shop.hook(hook)).status).toBe(202);

    const letter = await eventually(
      async () => (await shop.deadLetters('shipping')).find(({ error }) => error.includes(reference)),
      (found) => found !== undefined,
    );
    expect(letter).toMatchObject({ reason: 'unprocessable', event: { data: { webhookId: hook.id } } });
    expect((await shop.call('DELETE', `/v1/dead-letters/${letter!.id}`)).status).toBe(204);
  });

  describe('a source that only configuration knows', () => {
    let server: Server;
    let endpoint: { id: string; secret: string };
    const received: { headers: IncomingHttpHeaders; body: string }[] = [];

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
      const created = await shop.call<{ id: string; secret: string }>('POST', '/v1/webhook-endpoints', {
        key: shop.shop.keys.partner,
        body: {
          url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/documents`,
          eventTypes: ['document.signed.v1'],
        },
      });
      expect(created.status).toBe(201);
      endpoint = created.body;
    });

    afterAll(async () => {
      if (endpoint) await shop.call('DELETE', `/v1/webhook-endpoints/${endpoint.id}`, { key: shop.shop.keys.partner });
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    });

    it('brings its events to the endpoints of partners, signed, once', async () => {
      const document = { documentId: `doc_${randomUUID()}`, signer: 'ada@example.com' };
      const hook = esignHook(document);
      expect((await shop.hook(hook)).status).toBe(202);
      expect((await shop.hook(hook)).status).toBe(200);

      await eventually(() => received.some(({ body }) => body.includes(document.documentId)));
      await shop.rest();

      const about = received.filter(({ body }) => body.includes(document.documentId));
      expect(about).toHaveLength(1);
      const [{ headers, body }] = about as [(typeof about)[number]];
      const message = new Webhook(endpoint.secret).verify(body, headers as Record<string, string>);
      expect(message).toMatchObject({ type: 'document.signed.v1', data: document });
      const [fact] = (await shop.facts<{ documentId: string }>('document.signed.v1')).filter(
        ({ data }) => data.documentId === document.documentId,
      );
      expect(headers['webhook-id']).toBe(fact!.id);
    });

    it('is one of the event types that partners are shown', async () => {
      const { status, body } = await shop.call<object>('GET', '/v1/event-types/document.signed.v1', {
        key: shop.shop.keys.partner,
      });

      expect(status).toBe(200);
      expect(body).toMatchObject({ type: 'document.signed.v1', audience: 'all' });
    });

    it('has a message that is no such event kept with the reason, and nobody is sent it', async () => {
      const hook = esignHook({ documentId: `doc_${randomUUID()}` });
      expect((await shop.hook(hook)).status).toBe(202);

      expect(await shop.receipts(hook.id)).toMatchObject([
        { status: 'received', reason: expect.stringMatching(/document\.signed\.v1.*signer/) },
      ]);
      await shop.rest();
      expect(await shop.facts<{ webhookId: string }>('webhook.received.v1')).toContainEqual(
        expect.objectContaining({ data: expect.objectContaining({ webhookId: hook.id }) }),
      );
      expect(received.filter(({ body }) => body.includes(hook.body))).toEqual([]);
      expect(JSON.stringify(await shop.facts('document.signed.v1'))).not.toContain(hook.id);
    });
  });
});
