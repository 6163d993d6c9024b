import { jest } from '@jest/globals';
import { OutboundUnderTest } from './testing/outbound-under-test.js';
import { Receiver } from './testing/receiver.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

/** What a route takes, so that only the tenant is wrong about a call. */
const bodies: Record<string, object | undefined> = {
  'PATCH /v1/webhook-endpoints/:id': { description: 'mine now' },
  'POST /v1/webhook-endpoints/:id/replay': { since: '2026-01-01T00:00:00Z' },
  'POST /v1/webhook-endpoints/:id/rotate-secret': {},
  'POST /v1/webhook-endpoints/:id/test': {},
};

describe('every webhook route, called as the wrong partner', () => {
  let shop: OutboundUnderTest;
  let receiver: Receiver;
  let stranger: string;
  let ids: { endpoint: string; delivery: string; message: string };

  beforeAll(async () => {
    shop = await OutboundUnderTest.start();
    receiver = await Receiver.start();
    const { id } = await shop.endpoint(receiver.url);
    const message = await shop.orderPlaced();
    const [delivery] = await shop.settled(id, 1);
    ids = { endpoint: id, delivery: delivery!.id, message };
    const made = await shop.gateway.fetch('/v1/api-keys', {
      as: 'admin',
      body: { role: 'partner', partnerId: 'stranger', name: 'a stranger' },
    });
    stranger = ((await made.json()) as { key: string }).key;
  });
  afterAll(async () => {
    await receiver.stop();
    await shop.stop();
  });

  const routes = () =>
    shop.gateway.routes.filter(({ path }) => /^\/v1\/webhook-(endpoints|deliveries)/.test(path) && path.includes('/:'));
  const addressed = (path: string): string =>
    path
      .replace('webhook-endpoints/:id', `webhook-endpoints/${ids.endpoint}`)
      .replace('webhook-deliveries/:id', `webhook-deliveries/${ids.delivery}`)
      .replace(':webhookId', ids.message);
  const call = (method: string, path: string, key: string, more = ''): Promise<Response> =>
    shop.gateway.fetch(addressed(path) + more, {
      as: null,
      method,
      body: bodies[`${method} ${path}`],
      headers: { authorization: `Bearer ${key}` },
    });
  const everything = (): Promise<unknown[]> =>
    shop.database.query(
      `SELECT endpoint.*, delivery.*, secret.* FROM webhook_endpoints AS endpoint
         JOIN webhook_deliveries AS delivery ON delivery.endpoint_id = endpoint.id
         JOIN webhook_secrets AS secret ON secret.endpoint_id = endpoint.id`,
    );

  it('is answered as if there were nothing, and changes nothing', async () => {
    const before = await everything();
    const answers: [string, number][] = [];
    for (const { method, path } of routes()) {
      for (const more of ['', '?partnerId=demo']) {
        const response = await call(method, path, stranger, more);
        answers.push([`${method} ${path}${more}`, response.status]);
        expect(await response.text()).not.toContain(receiver.url);
      }
    }

    expect(answers.length).toBeGreaterThanOrEqual(2 * 15);
    expect(answers.filter(([, status]) => status !== 404)).toEqual([]);
    expect(await everything()).toEqual(before);
    expect(receiver.received).toHaveLength(1);
  });

  it('finds the same routes there for who owns what they are about', async () => {
    const reads = routes().filter(({ method }) => method === 'GET');
    for (const { method, path } of reads) {
      expect([path, (await shop.gateway.fetch(addressed(path), { as: 'partner', method })).status]).toEqual([
        path,
        200,
      ]);
    }
  });

  it.each(['/v1/webhook-endpoints', '/v1/webhook-deliveries'])('has an empty list at %s', async (path) => {
    const response = await shop.gateway.fetch(path, {
      as: null,
      headers: { authorization: `Bearer ${stranger}` },
    });

    expect(await response.json()).toEqual({ data: [], nextCursor: null });
    expect((await call('GET', `${path}`, stranger, '?partnerId=demo')).status).toBe(404);
  });

  it('cannot list deliveries by the id of another’s endpoint, order or delivery', async () => {
    for (const query of [`endpointId=${ids.endpoint}`, `orderId=${ids.message}`]) {
      const response = await call('GET', '/v1/webhook-deliveries', stranger, `?${query}`);
      expect(await response.json()).toEqual({ data: [], nextCursor: null });
    }
    expect((await call('GET', '/v1/webhook-deliveries', stranger, `?cursor=${ids.delivery}`)).status).toBe(400);
  });
});
