import { jest } from '@jest/globals';
import { bytesOfWebhook } from '@hookshop/contracts';
import { gzipSync } from 'node:zlib';
import { InboundUnderTest, signed, type Webhook } from '../testing/inbound-under-test.js';
import { ask, type RawAnswer, type RawRequest } from '../testing/raw-request.js';

// Boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

const MIB = 1024 * 1024;

describe('the door for webhooks', () => {
  let shop: InboundUnderTest;

  beforeAll(async () => {
    shop = await InboundUnderTest.start({ shopifyWebhookSecret: [] });
  });
  afterAll(() => shop.stop());

  const knock = (source: string, request: RawRequest): Promise<RawAnswer> =>
    ask(`${shop.gateway.url}/hooks/${source}`, request);
  const send = ({ source, body, headers }: Webhook, more: RawRequest = {}): Promise<RawAnswer> =>
    knock(source, { body, ...more, headers: [...Object.entries(headers), ...(more.headers ?? [])] });
  const problemOf = ({ headers, body }: RawAnswer): Record<string, unknown> => {
    expect(headers).toContain('content-type: application/problem+json');
    return JSON.parse(body) as Record<string, unknown>;
  };
  const counted = async (): Promise<number> => {
    const [row] = await shop.database.query<{ count: number }>('SELECT count(*)::int AS count FROM inbound_webhooks');
    return row!.count;
  };

  it.each(['unknown', 'Stripe', 'stripe%00', '__proto__', 'constructor', 'a'.repeat(64)])(
    'does not know the source %s, and waits for no body to say so',
    async (source) => {
      const before = await counted();
      const answer = await knock(source, { headers: [['Content-Length', String(MIB)]], body: null });

      expect(answer.status).toBe(404);
      expect(problemOf(answer)).toMatchObject({ status: 404, detail: 'There is no such source of webhooks.' });
      expect(await counted()).toBe(before);
    },
  );

  it('does not know a source that has no secret, and says so in the same words', async () => {
    const answer = await send(signed.shopify());

    expect(answer).toEqual(await knock('unknown', { body: '{}' }));
    expect(answer.status).toBe(404);
  });

  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'])('is closed to %s: 405', async (method) => {
    const answer = await knock('stripe', { method });

    expect(answer.status).toBe(405);
    expect(answer.headers).toContain('allow: POST');
  });

  it('lets a body of 1 MiB in, and none that is one byte larger', async () => {
    const most = signed.github(Buffer.alloc(MIB, 'a'));
    const more = signed.github(Buffer.alloc(MIB + 1, 'a'));

    expect((await send(most)).status).toBe(202);
    const answer = await send(more);
    expect(answer.status).toBe(413);
    expect(problemOf(answer)).toMatchObject({ detail: 'The body is larger than this address takes.' });
  });

  it('refuses a larger body whose length was not told, and one that has not come yet', async () => {
    const { headers } = signed.github(Buffer.alloc(MIB + 1, 'a'));
    const chunks = [Buffer.alloc(MIB, 'a'), 'a'];

    expect((await knock('github', { headers: Object.entries(headers), body: chunks })).status).toBe(413);
    const announced: [string, string][] = [...Object.entries(headers), ['Content-Length', String(MIB + 1)]];
    expect((await knock('github', { headers: announced, body: null })).status).toBe(413);
  });

  it('lets 100 headers in, and no more', async () => {
    const webhook = signed.stripe();
    // Host, Connection, Content-Length and the signature are there already.
    const fill = (count: number): [string, string][] =>
      Array.from({ length: count - 4 }, (_, index) => [`x-filler-${index}`, 'x']);

    const refused = await send(webhook, { headers: fill(101) });
    expect(refused.status).toBe(431);
    expect(problemOf(refused)['detail']).toMatch(/at most 100 headers/);
    expect((await send(webhook, { headers: fill(100) })).status).toBe(202);
  });

  it('refuses headers of more than 32 KiB', async () => {
    expect((await send(signed.stripe(), { headers: [['x-filler', 'x'.repeat(33 * 1024)]] })).status).toBe(431);
  });

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/cloudevents+json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'text/html',
    'application/xml',
    'application/octet-stream',
    'application/json; charset=nonsense',
    'nonsense',
    '',
  ])('takes a body whatever its type is called: %j', async (type) => {
    const answer = await send(signed.github(), { headers: [['Content-Type', type]] });

    expect(answer.status).toBe(202);
    const { id } = JSON.parse(answer.body) as { id: string };
    const shown = await shop.gateway.fetch(`/v1/inbound-webhooks/${id}`, { as: 'admin' });
    expect(await shown.json()).toMatchObject({ headers: { 'content-type': [type] } });
  });

  it('takes a body without a type, and one without a byte', async () => {
    expect((await send(signed.stripe())).status).toBe(202);
    expect((await send(signed.github(''))).status).toBe(202);
    expect((await send(signed.github(''), { headers: [['Content-Type', 'application/json']] })).status).toBe(202);
  });

  it('takes a body that comes in chunks, cut in the middle of a character', async () => {
    const bytes = Buffer.from('{"name":"Zoë 😀"}');
    const webhook = signed.github(bytes);
    const chunks = [bytes.subarray(0, 12), bytes.subarray(12, 16), bytes.subarray(16)];

    const answer = await send(webhook, { body: chunks });

    expect(answer.status).toBe(202);
    const { id } = JSON.parse(answer.body) as { id: string };
    const [fact] = await shop.facts(({ data }) => data.receiptId === id);
    expect(bytesOfWebhook(fact!.data).equals(bytes)).toBe(true);
  });

  it('takes a compressed body as it came, and opens nothing', async () => {
    const plain = Buffer.from('{"action":"opened"}');
    const packed = gzipSync(plain);
    const encoded: RawRequest = { headers: [['Content-Encoding', 'gzip']] };

    const answer = await send(signed.github(packed), encoded);

    expect(answer.status).toBe(202);
    const { id } = JSON.parse(answer.body) as { id: string };
    const [fact] = await shop.facts(({ data }) => data.receiptId === id);
    expect(bytesOfWebhook(fact!.data).equals(packed)).toBe(true);
    // The signature is of what is inside: nobody looks there.
    expect((await send(signed.github(plain), { ...encoded, body: packed })).status).toBe(401);
  });

  it('asks for no API key, and is not opened by one', async () => {
    const admin: RawRequest = { headers: [['Authorization', 'Bearer sk_admin_of_the_specs']] };

    expect((await send(signed.stripe())).status).toBe(202);
    expect((await knock('stripe', { ...admin, body: '{"id":"evt_1"}' })).status).toBe(401);
    expect((await send(signed.stripe(), { headers: [['Authorization', 'nonsense']] })).status).toBe(202);
  });

  it('is the only address where a body is not read as JSON', async () => {
    const response = await shop.gateway.fetch('/v1/orders', { body: 'x', headers: { 'content-type': 'text/plain' } });

    expect(response.status).toBe(415);
  });
});
