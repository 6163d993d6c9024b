import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { connect } from 'node:net';
import { jest } from '@jest/globals';
import { Logger, Metrics } from '@hookshop/observability';
import { eventually, testBroker, testDatabase, type TestBroker, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import type { GatewayConfig } from '../gateway.config.js';
import { EventReader } from '../testing/event-reader.js';
import { keys, startGateway, type TestGateway } from '../testing/test-gateway.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

const nobody = '0198a000-0000-7000-8000-000000000000';

describe('the gateway at its door', () => {
  let broker: TestBroker;
  let database: TestDatabase;
  let gateway: TestGateway;

  beforeAll(async () => {
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
  });
  afterEach(() => gateway.stop());
  afterAll(async () => {
    await broker.stop();
    await database.drop();
  });

  const open = async (settings: Partial<GatewayConfig> = {}): Promise<void> => {
    gateway = await startGateway({ natsUrl: broker.url, databaseUrl: database.url, ...settings });
  };
  const refusals = async (reason: string): Promise<number> => {
    const { values } = await gateway.app.get(Metrics).registry.getSingleMetric('api_refusals_total')!.get();
    return values.find(({ labels }) => labels['reason'] === reason)?.value ?? 0;
  };
  const statusOf = async (...call: Parameters<TestGateway['fetch']>): Promise<number> =>
    (await gateway.fetch(...call)).status;

  it('tells a key how much it may ask, and refuses it beyond that', async () => {
    await open({ apiRateLimitPerMinute: ['shop:3'] });
    const first = await gateway.fetch('/v1/nothing-of-mine');
    expect(first.headers.has('ratelimit')).toBe(false);

    const answers = [];
    for (let count = 0; count < 4; count++) answers.push(await gateway.fetch('/v1/orders/1'));

    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 429]);
    expect(answers.map(({ headers }) => headers.get('ratelimit'))).toEqual([
      expect.stringMatching(/^"shop";r=2;t=(19|20)$/) as string,
      expect.stringMatching(/^"shop";r=1;t=(3\d|40)$/) as string,
      expect.stringMatching(/^"shop";r=0;t=(5\d|60)$/) as string,
      expect.stringMatching(/^"shop";r=0;t=(5\d|60)$/) as string,
    ]);
    const refused = answers[3]!;
    expect(refused.headers.get('ratelimit-policy')).toBe('"shop";q=3;w=60');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(await refused.json()).toMatchObject({ status: 429, detail: expect.stringContaining('3 times in a minute') });
    expect(await refusals('rate limit')).toBe(1);
  });

  it('limits neither other keys, nor health, nor what third parties sign', async () => {
    await open({ apiRateLimitPerMinute: ['shop:1', 'admin:1'] });
    for (const as of ['shop', 'admin'] as const) await gateway.fetch('/v1/orders/1', { as });

    expect(await statusOf('/v1/orders/1')).toBe(429);
    expect(await statusOf('/v1/event-types', { as: 'partner' })).toBe(200);
    for (let count = 0; count < 3; count++) {
      const healthy = await gateway.fetch('/healthz', { as: null });
      expect([healthy.status, healthy.headers.get('ratelimit')]).toEqual([200, null]);
      expect(await statusOf('/hooks/nobody', { as: null, body: {} })).toBe(404);
    }
  });

  it('stops listening to an address that knows no key, but for the keys in use there', async () => {
    await open({ apiFailuresPerMinute: 10 });
    expect(await statusOf('/v1/orders/1')).toBe(404);
    const guess = () =>
      gateway.fetch('/v1/orders', { as: null, headers: { authorization: `Bearer guess-${uuidv7()}` } });
    for (let count = 0; count < 11; count++) expect((await guess()).status).toBe(401);

    const barred = await guess();
    expect([barred.status, await statusOf('/v1/orders', { as: null })]).toEqual([429, 429]);
    expect(Number(barred.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await statusOf('/v1/orders/1')).toBe(404);
    expect(await statusOf('/v1/orders/1', { as: 'admin' })).toBe(429);
    expect(await statusOf('/readyz', { as: null })).toBe(200);
    expect(await refusals('unknown key')).toBe(11);
    expect(await refusals('barred address')).toBe(3);
  });

  it('knows addresses apart that a trusted proxy tells apart', async () => {
    await open({ apiFailuresPerMinute: 10, trustProxy: '127.0.0.0/8' });
    const from = (address: string) =>
      statusOf('/v1/orders', { as: null, headers: { 'x-forwarded-for': `8.8.8.8, ${address}` } });
    for (let count = 0; count < 11; count++) await from('203.0.113.1');

    expect(await from('203.0.113.1')).toBe(429);
    expect(await from('203.0.113.2')).toBe(401);
  });

  it('counts whom it refuses', async () => {
    await open();
    await gateway.fetch('/v1/orders', { as: null });
    await gateway.fetch('/v1/consumers', { as: 'shop' });

    expect([await refusals('no key'), await refusals('wrong role')]).toEqual([1, 1]);
  });

  it('gives one key no more than its share of the live stream', async () => {
    await open({ eventStreamClientsPerKey: 2 });
    const stream = `${gateway.url}/v1/events/stream`;
    const watch = (key: string) => EventReader.open(stream, { authorization: `Bearer ${key}` });
    await eventually(
      () => statusOf('/readyz', { as: null }),
      (status) => status === 200,
    );
    const readers = [await eventually(() => watch(keys.shop)), await watch(keys.shop)];

    const refused = await gateway.fetch('/v1/events/stream');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
    readers.push(await watch(keys.admin));

    readers[0]!.leave();
    readers.push(await eventually(() => watch(keys.shop)));
    for (const reader of readers) reader.leave();
  });

  describe('and its audit', () => {
    type Line = Record<string, unknown>;
    let lines: () => Line[];
    beforeEach(async () => {
      await open();
      const audit = jest.spyOn(gateway.app.get(Logger), 'audit');
      lines = () => audit.mock.calls.map(([fields]) => fields);
    });

    const endpoint = { url: 'https://hooks.example.com/', eventTypes: ['*'] };
    const made = async (): Promise<string> => {
      const response = await gateway.fetch('/v1/webhook-endpoints', { as: 'partner', body: endpoint });
      return ((await response.json()) as { id: string }).id;
    };

    it('has a line for every admin who looks at a secret, and none for its owner', async () => {
      const id = await made();
      await gateway.fetch(`/v1/webhook-endpoints/${id}/secret`, { as: 'partner' });
      await gateway.fetch(`/v1/webhook-endpoints/${id}/secret?partnerId=demo`, { as: 'admin' });

      await eventually(lines, [
        {
          method: 'GET',
          route: '/v1/webhook-endpoints/:id/secret',
          params: { id },
          partnerId: 'demo',
          status: 200,
          by: { name: 'first admin key' },
        },
      ]);
      expect(JSON.stringify(lines())).not.toMatch(/whsec_|sk_/);
    });

    /** As many calls as there are routes, none of which finds anything. */
    const callAll = async (writes: boolean): Promise<{ method: string; route: string; status: number }[]> => {
      const called = [];
      for (const { method, path: route } of gateway.routes) {
        if (!route.startsWith('/v1/') || (method !== 'GET') !== writes || route === '/v1/events/stream') continue;
        const status = await statusOf(route.replaceAll(/:\w+/g, nobody), { as: 'admin', method });
        called.push({ method, route, status });
      }
      return called;
    };

    it('has a line for every write there is, whatever came of it', async () => {
      const called = await callAll(true);

      expect(called.length).toBeGreaterThanOrEqual(20);
      await eventually(lines, called);
    });

    it('has no line for what only looks, but for secrets', async () => {
      const secret = (await callAll(false)).filter(({ route }) => /secret/.test(route));

      expect(secret.length).toBeGreaterThanOrEqual(1);
      await eventually(lines, secret);
      expect(lines()).toHaveLength(secret.length);
    });

    it('has no line for what a shop or a partner does', async () => {
      await gateway.fetch('/v1/orders', { body: {} });
      await made();

      expect(lines()).toEqual([]);
    });

    it('has a line for an admin who hangs up before the answer', async () => {
      const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
      await once(socket, 'connect');
      const arrived = once(gateway.app.getHttpServer() as Server, 'request');
      socket.write(
        `DELETE /v1/api-keys/${uuidv7()} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${keys.admin}\r\n` +
          'Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{',
      );
      // Admitted by its head; the rest of its body never comes.
      const [request] = (await arrived) as [IncomingMessage];
      await eventually(() => request.listenerCount('data') > 0);
      socket.destroy();

      await eventually(lines, [{ method: 'DELETE', status: 'hung up' }]);
    });
  });

  it('lists no more than 100 of anything at a time', async () => {
    await open();
    interface Document {
      paths: Record<string, { get?: { parameters?: { name: string }[] } }>;
    }
    const document = (await (await gateway.fetch('/openapi.json')).json()) as Document;
    const lists = Object.entries(document.paths).filter(([, { get }]) =>
      get?.parameters?.some(({ name }) => name === 'limit'),
    );

    expect(lists.length).toBeGreaterThanOrEqual(9);
    for (const [path] of lists) {
      const address = path.replaceAll(/\{\w+\}/g, nobody);
      const status = await statusOf(`${address}?limit=101`, { as: 'admin' });
      expect([path, status]).toEqual([path, 400]);
    }
  });

  it('lets the page of the documentation load what is its own, and nothing else', async () => {
    await open();
    const page = await gateway.fetch('/docs', { as: null });
    const policy = page.headers.get('content-security-policy')!;
    const html = await page.text();

    expect(policy.split('; ')).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]),
    );
    const scripts = [...html.matchAll(/<script\b([^>]*)>([^]*?)<\/script>/g)];
    expect(scripts.length).toBeGreaterThanOrEqual(3);
    for (const [, attributes, inline] of scripts)
      expect([attributes, inline!.trim()]).toEqual([expect.stringMatching(/src="\.\/docs\/[\w-]+\.js"/), '']);
    const own = [...html.matchAll(/(?:src|href)="(\.\/[^"]+)"/g)].map(([, path]) => new URL(path!, `${gateway.url}/`));
    for (const address of own) expect([address.href, (await fetch(address)).status]).toEqual([address.href, 200]);
    expect((await gateway.fetch('/openapi.json', { as: null })).headers.get('content-security-policy')).toBe(
      "default-src 'none'; frame-ancestors 'none'",
    );
  });
});
