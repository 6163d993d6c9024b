import { jest } from '@jest/globals';
import { testBroker, testDatabase, type TestBroker, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { keys, startGateway, type TestGateway } from '../testing/test-gateway.js';
import type { Role } from './caller.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

/** Who may pass, besides admins. A route that is not listed here fails. */
const doors: Record<string, Role[]> = {
  'POST /v1/orders': ['shop'],
  'GET /v1/orders': ['shop'],
  'GET /v1/orders/:id': ['shop'],
  'POST /v1/orders/:id/cancel': ['shop'],
  'GET /v1/orders/:id/timeline': ['shop'],
  'GET /v1/events/stream': ['shop'],
  'GET /v1/products': ['shop'],
  'GET /v1/products/:sku': ['shop'],
  'PATCH /v1/products/:sku': [],
  'POST /v1/products/:sku/restock': [],
  'GET /v1/customers': ['shop'],
  'GET /v1/customers/:id': ['shop'],
  'GET /v1/customers/:id/interactions': ['shop'],
  'GET /v1/dead-letters': [],
  'POST /v1/dead-letters/redrive': [],
  'GET /v1/dead-letters/:id': [],
  'POST /v1/dead-letters/:id/redrive': [],
  'DELETE /v1/dead-letters/:id': [],
  'GET /v1/consumers': [],
  'POST /v1/api-keys': [],
  'GET /v1/api-keys': [],
  'DELETE /v1/api-keys/:id': [],
  'GET /v1/event-types': ['partner'],
  'GET /v1/event-types/:type': ['partner'],
  'POST /v1/webhook-endpoints': ['partner'],
  'GET /v1/webhook-endpoints': ['partner'],
  'GET /v1/webhook-endpoints/:id': ['partner'],
  'PATCH /v1/webhook-endpoints/:id': ['partner'],
  'DELETE /v1/webhook-endpoints/:id': ['partner'],
  'GET /v1/webhook-endpoints/:id/secret': ['partner'],
  'POST /v1/webhook-endpoints/:id/rotate-secret': ['partner'],
  'POST /v1/webhook-endpoints/:id/test': ['partner'],
  'POST /v1/webhook-endpoints/:id/verify': ['partner'],
  'POST /v1/webhook-endpoints/:id/enable': ['partner'],
  'POST /v1/webhook-endpoints/:id/disable': ['partner'],
  'GET /v1/webhook-endpoints/:id/stats': ['partner'],
  'POST /v1/webhook-endpoints/:id/replay': ['partner'],
  'GET /v1/webhook-endpoints/:id/poll': ['partner'],
  'GET /v1/webhook-endpoints/:id/messages/:webhookId': ['partner'],
  'GET /v1/webhook-deliveries': ['partner'],
  'GET /v1/webhook-deliveries/:id': ['partner'],
  'POST /v1/webhook-deliveries/:id/retry': ['partner'],
  'GET /v1/inbound-webhooks': [],
  'GET /v1/inbound-webhooks/:id': [],
  'POST /v1/inbound-webhooks/:id/reprocess': [],
};

/** Open to everybody. */
const openAddresses = ['/healthz', '/readyz', '/metrics', '/docs', '/openapi.json', '/asyncapi.json'];
/** Opened by a signature, and by no key. */
const signedAddress = '/hooks/:source';

describe('every route', () => {
  let broker: TestBroker;
  let database: TestDatabase;
  let gateway: TestGateway;

  beforeAll(async () => {
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    gateway = await startGateway({ natsUrl: broker.url, databaseUrl: database.url });
  });

  afterAll(async () => {
    await gateway.stop();
    await broker.stop();
    await database.drop();
  });

  const call = (door: string, authorization?: string, path?: string): Promise<Response> => {
    const [method, pattern] = door.split(' ') as [string, string];
    const address = path ?? pattern.replace(':id', uuidv7()).replace(':sku', 'KEYB-01');
    return fetch(gateway.url + address, { method, headers: authorization === undefined ? {} : { authorization } });
  };

  it('is listed here', () => {
    const guarded = gateway.routes
      .filter(({ path }) => path.startsWith('/v1'))
      .map(({ method, path }) => `${method} ${path}`);

    expect(guarded.sort()).toEqual(Object.keys(doors).sort());
  });

  it('outside /v1 is documentation or health, open to everybody, but for the door that signatures open', async () => {
    const outside = gateway.routes.filter(({ path }) => !path.startsWith('/v1')).map(({ path }) => path);
    expect(outside.filter((path) => !openAddresses.some((known) => path.startsWith(known)))).toEqual([signedAddress]);

    for (const address of openAddresses)
      expect([address, (await fetch(gateway.url + address)).status]).toEqual([address, 200]);
  });

  describe.each(Object.entries(doors))('%s', (door, admitted) => {
    it.each([
      ['no key', undefined],
      ['an unknown key', 'Bearer sk_admin_of_nobody'],
      ['a key sent as a password', `Basic ${Buffer.from(`x:${keys.admin}`).toString('base64')}`],
      ['a key without its scheme', keys.admin],
      ['an empty key', 'Bearer '],
      ['two keys', `Bearer ${keys.admin} ${keys.admin}`],
      ['an endless key', `Bearer ${'k'.repeat(10_000)}`],
    ])('answers 401 to %s', async (_, authorization) => {
      const response = await call(door, authorization);

      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="hookshop"/);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
    });

    const refused = (['shop', 'partner'] as const).filter((role) => !admitted.includes(role));
    it(`answers 403 to ${refused.join(' and ')}`, async () => {
      for (const role of refused) expect((await call(door, `Bearer ${keys[role]}`)).status).toBe(403);
    });

    it('cannot be reached without a key by spelling it in another way', async () => {
      const path = door.split(' ')[1]!.replace(':id', uuidv7()).replace(':sku', 'KEYB-01');
      const spellings = [
        path.replace('/v1', '/%761'),
        path.replace('/v1', '//v1'),
        `${path}/`,
        `${path}?key=${keys.admin}`,
      ];

      for (const spelling of spellings)
        expect([401, 404, 405]).toContain((await call(door, undefined, spelling)).status);
    });
  });

  it('answers a stranger before it reads what he sends', async () => {
    const response = await fetch(`${gateway.url}/v1/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: 'x'.repeat(100_000),
    });

    expect(response.status).toBe(401);
  });
});
