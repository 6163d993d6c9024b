import { jest } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@hookshop/testing';
import { mintSecret } from '@hookshop/webhooks';
import { occurrence, partnerUrl, registering, send, signed } from '../testing/partner-webhook.js';
import { type RunningSandbox, startSandbox } from '../testing/running-sandbox.js';
import { StandInGateway } from '../testing/stand-in-gateway.js';

jest.setTimeout(30_000);

describe('the webhooks of the partner', () => {
  const secret = mintSecret();
  let database: TestDatabase;
  let gateway: StandInGateway;
  let sandbox: RunningSandbox;

  const start = () => startSandbox(database.url, registering(gateway.url));

  beforeAll(async () => {
    database = await testDatabase();
    gateway = await StandInGateway.start();
    gateway.add(partnerUrl, secret);
    sandbox = await start();
  });
  beforeEach(() => sandbox.call('DELETE', '/partner/received'));
  afterAll(async () => {
    await sandbox?.stop();
    await gateway?.stop();
    await database?.drop();
  });

  const deliver = (body: object | string, options = {}) => send(sandbox.url, signed(secret, body, options));
  const received = async (query = '') => (await sandbox.call('GET', `/partner/received${query}`)).body;
  const placed = occurrence('order.placed.v1', { orderId: 'o-1', totalInCents: 9900 });

  it('are remembered when their signature is good', async () => {
    expect(await deliver(placed, { id: 'msg-1', headers: { 'x-tenant': 'blue' } })).toBe(204);

    expect(await received()).toEqual({
      data: [
        {
          webhookId: 'msg-1',
          type: 'order.placed.v1',
          orderId: 'o-1',
          timestamp: '2026-01-01T00:00:00.000Z',
          data: { orderId: 'o-1', totalInCents: 9900 },
          headers: expect.objectContaining({
            'content-type': 'application/json',
            'webhook-id': 'msg-1',
            'webhook-timestamp': expect.stringMatching(/^\d+$/),
            'webhook-signature': expect.stringMatching(/^v1,/),
            'x-tenant': 'blue',
          }),
          receivedAt: expect.stringMatching(/^\d{4}-.*Z$/),
          copy: 1,
        },
      ],
      nextCursor: null,
    });
  });

  it('are verified over the very bytes, however the JSON is written', async () => {
    expect(await deliver(' {"type" : "order.placed.v1",\n "data":{"name":"Gr\\u00fc\u00dfe","n":1.0e2} } ')).toBe(204);
    expect((await received()).data).toMatchObject([{ data: { name: 'Grüße', n: 100 } }]);
  });

  it('may be CloudEvents', async () => {
    const event = { specversion: '1.0', id: 'e-1', source: '/order', type: 'order.placed.v1', correlationid: 'o-9' };

    expect(await deliver(event, { headers: { 'content-type': 'application/cloudevents+json' } })).toBe(204);
    expect((await received('?orderId=o-9')).data).toMatchObject([{ type: 'order.placed.v1', data: null }]);
  });

  it('are refused and forgotten when one byte was altered', async () => {
    const { headers, body } = signed(secret, placed);

    expect(await send(sandbox.url, { headers, body: body.replace('9900', '9901') })).toBe(401);
    expect((await received()).data).toEqual([]);
  });

  it.each([
    ['another secret', () => signed(mintSecret(), placed)],
    ['no signature', () => ({ ...signed(secret, placed), headers: { 'content-type': 'application/json' } })],
    ['a signature of an hour ago', () => signed(secret, placed, { agoSeconds: 3_600 })],
    ['a signature from the future', () => signed(secret, placed, { agoSeconds: -3_600 })],
    ['an empty body', () => ({ ...signed(secret, placed), body: '' })],
  ])('are refused with %s', async (_, forged: () => { headers: object; body: string }) => {
    expect(await send(sandbox.url, forged())).toBe(401);
    expect((await received()).data).toEqual([]);
  });

  it('are refused when broken characters took the place of signed ones', async () => {
    const { headers, body } = signed(secret, occurrence('order.placed.v1', { name: '\ufffd' }));
    const broken = Buffer.from(body, 'utf8').toString('latin1').replace('\u00ef\u00bf\u00bd', '\u00ff');

    expect(await send(sandbox.url, { headers, body: Buffer.from(broken, 'latin1') })).toBe(401);
  });

  it('are receipts of their own when they come again, numbered by their coming', async () => {
    await deliver(placed, { id: 'again' });
    await deliver(placed, { id: 'once' });
    await deliver(placed, { id: 'again' });

    expect((await received()).data).toMatchObject([
      { webhookId: 'again', copy: 2 },
      { webhookId: 'once', copy: 1 },
      { webhookId: 'again', copy: 1 },
    ]);
  });

  it('are found by type and by order, page by page, newest first', async () => {
    for (const orderId of ['o-1', 'o-2', 'o-3']) await deliver(occurrence('order.placed.v1', { orderId }));
    await deliver(occurrence('order.confirmed.v1', { orderId: 'o-3' }));
    const orders = ({ data }: { data: { orderId: string }[] }) => data.map(({ orderId }) => orderId);

    const first = await received('?type=order.placed.v1&limit=2');
    const second = await received(`?type=order.placed.v1&limit=2&cursor=${first.nextCursor}`);

    expect([orders(first), orders(second), second.nextCursor]).toEqual([['o-3', 'o-2'], ['o-1'], null]);
    expect((await received('?orderId=o-3')).data).toMatchObject([
      { type: 'order.confirmed.v1' },
      { type: 'order.placed.v1' },
    ]);
    expect((await received('?orderId=o-3&type=order.placed.v1')).data).toHaveLength(1);
    expect((await received('?orderId=o-4')).data).toEqual([]);
  });

  it('are all remembered when many come together', async () => {
    const statuses = await Promise.all(Array.from({ length: 150 }, () => deliver(placed)));

    expect(new Set(statuses)).toEqual(new Set([204]));
    const [{ count }] = (await database.query('SELECT count(DISTINCT webhook_id)::int FROM partner_receipts')) as [
      { count: number },
    ];
    expect(count).toBe(150);
  });

  it('are still there after a restart, until the book is emptied', async () => {
    await deliver(placed, { id: 'kept' });
    await sandbox.stop();
    sandbox = await start();
    expect((await received()).data).toMatchObject([{ webhookId: 'kept' }]);

    expect(await sandbox.call('DELETE', '/partner/received')).toEqual({ status: 204, body: undefined });
    expect((await received()).data).toEqual([]);
  });

  it.each(['{"data":{}}', '"text"', 'no JSON'])('are no webhooks when they say %s', async (body) => {
    expect(await deliver(body)).toBe(400);
  });

  it('are refused with problem details when they are too large or no JSON', async () => {
    const answers = [
      await fetch(`${sandbox.url}/partner/webhooks`, { method: 'POST', ...signed(secret, 'x'.repeat(1024 ** 2 + 1)) }),
      await fetch(`${sandbox.url}/partner/webhooks`, { method: 'POST', body: 'text' }),
      await fetch(`${sandbox.url}/partner/webhooks`, { method: 'GET' }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([413, 415, 405]);
    for (const { headers } of answers) expect(headers.get('content-type')).toMatch('application/problem+json');
  });

  it('leave every other address its JSON', async () => {
    const put = (contentType: string, body: string) =>
      fetch(`${sandbox.url}/partner/behaviour`, { method: 'PUT', headers: { 'content-type': contentType }, body });

    expect((await put('application/json', '{"mode":"ok"}')).status).toBe(200);
    expect((await put('application/cloudevents+json', '{"mode":"ok"}')).status).toBe(415);
  });

  it('are allowed to whoever asks', async () => {
    const ask = (headers: Record<string, string>) =>
      fetch(`${sandbox.url}/partner/webhooks`, { method: 'OPTIONS', headers });

    const { status, headers } = await ask({ 'webhook-request-origin': 'shop.example' });
    expect(status).toBe(200);
    expect(headers.get('webhook-allowed-origin')).toBe('shop.example');
    expect(headers.get('webhook-allowed-rate')).toBe('*');
    expect((await ask({})).headers.get('webhook-allowed-origin')).toBeNull();
  });

  it.each(['limit=0', 'limit=101', 'cursor=x', 'colour=red', 'type=%00', 'orderId=%00'])(
    'are not shown by ?%s',
    async (query) => {
      expect(await sandbox.call('GET', `/partner/received?${query}`)).toMatchObject({ status: 400 });
    },
  );
});
