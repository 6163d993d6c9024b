import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { jest } from '@jest/globals';
import { eventually, testDatabase, type TestDatabase } from '@hookshop/testing';
import { mintSecret } from '@hookshop/webhooks';
import { occurrence, partnerUrl, registering, send, signed } from '../../testing/partner-webhook.js';
import { type RunningSandbox, startSandbox } from '../../testing/running-sandbox.js';
import { StandInGateway } from '../../testing/stand-in-gateway.js';

jest.setTimeout(30_000);

describe('a misbehaving partner', () => {
  const secret = mintSecret();
  let database: TestDatabase;
  let gateway: StandInGateway;
  let sandbox: RunningSandbox;

  beforeAll(async () => {
    database = await testDatabase();
    gateway = await StandInGateway.start();
    gateway.add(partnerUrl, secret);
  });
  beforeEach(async () => {
    sandbox = await startSandbox(database.url, registering(gateway.url));
    await sandbox.call('DELETE', '/partner/received');
  });
  afterEach(() => sandbox.stop());
  afterAll(async () => {
    await gateway?.stop();
    await database?.drop();
  });

  const behave = (wanted: object) => sandbox.call('PUT', '/partner/behaviour', wanted);
  const webhook = () => signed(secret, occurrence('order.placed.v1'));
  const deliver = () => send(sandbox.url, webhook());
  const post = () => {
    const { headers, body } = webhook();
    return request(`${sandbox.url}/partner/webhooks`, { method: 'POST', headers, agent: false }).end(body);
  };
  /** The beginning of the answer, whatever follows. */
  const answer = async (): Promise<IncomingMessage> => {
    const [response] = (await once(post(), 'response')) as [IncomingMessage];
    return response;
  };
  const suffered = async (): Promise<number> => {
    const text = await (await fetch(`${sandbox.url}/metrics`)).text();
    return Number(/^partner_webhooks_total\{.*outcome="suffered".*\} (\d+)$/m.exec(text)?.[1] ?? 0);
  };
  const remembered = async () => (await sandbox.call('GET', '/partner/received')).body.data.length;

  it.each([
    [{ mode: 'status' }, 500, {}],
    [{ mode: 'status', status: 503 }, 503, {}],
    [{ mode: 'gone' }, 410, {}],
    [{ mode: 'retry-after' }, 429, { 'retry-after': '5' }],
    [{ mode: 'retry-after', seconds: 120 }, 429, { 'retry-after': '120' }],
    [{ mode: 'redirect' }, 302, { location: '/partner/trap/visit' }],
  ])('told %j answers %i and remembers nothing', async (wanted, status, headers) => {
    expect(await behave(wanted)).toEqual({ status: 200, body: wanted });

    const response = await answer();
    response.resume();

    expect(response.statusCode).toBe(status);
    expect(response.headers).toMatchObject(headers);
    expect(await remembered()).toBe(0);
  });

  it('never answers', async () => {
    await behave({ mode: 'hang' });
    const waiting = post();
    const answered = jest.fn();
    waiting.on('response', answered).on('error', () => undefined);

    // Far longer than any answer takes.
    waiting.setTimeout(500);
    await once(waiting, 'timeout');

    expect(answered).not.toHaveBeenCalled();
    waiting.destroy();
  });

  it('drips an answer that has no end', async () => {
    await behave({ mode: 'drip' });

    const response = await answer();
    const drops: string[] = [];
    response.on('data', (drop: Buffer) => drops.push(drop.toString()));

    expect(response.statusCode).toBe(200);
    await eventually(() => drops.length >= 3, true);
    expect(new Set(drops)).toEqual(new Set(['.']));
    expect(response.complete).toBe(false);
    response.destroy();
  });

  it.each(['hang', 'drip'])('stops at once, although somebody waits for the end of its %s', async (mode) => {
    await behave({ mode });
    const waiting = post();
    const ended = new Promise((resolve) => waiting.on('error', resolve).on('close', resolve));
    waiting.on('response', (response) => response.on('error', () => undefined).resume());
    await eventually(suffered, 1);

    const begun = performance.now();
    await sandbox.stop();

    expect(performance.now() - begun).toBeLessThan(5_000);
    await ended;
    sandbox = await startSandbox(database.url, registering(gateway.url));
  });

  it('resets the connection', async () => {
    await behave({ mode: 'reset' });

    const [error] = (await once(post(), 'error')) as [NodeJS.ErrnoException];

    expect(error.code).toBe('ECONNRESET');
  });

  it('notices who follows its redirect', async () => {
    await behave({ mode: 'redirect', times: 1 });
    expect((await sandbox.call('GET', '/partner/trap')).body).toEqual({ visits: 0 });

    await deliver();

    expect((await sandbox.call('GET', '/partner/trap')).body).toEqual({ visits: 1 });
    expect(await sandbox.call('DELETE', '/partner/trap')).toMatchObject({ status: 204 });
    expect((await sandbox.call('GET', '/partner/trap')).body).toEqual({ visits: 0 });
  });

  it('sends ten megabytes that inflate to a thousand times as much', async () => {
    await behave({ mode: 'gzip-bomb' });

    const response = await answer();
    let sent = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) sent += chunk.length;

    expect(response.headers['content-encoding']).toBe('gzip');
    expect(sent).toBeGreaterThan(9 * 1024 ** 2);
    expect(sent).toBeLessThan(12 * 1024 ** 2);
    // `fetch` inflates: more than was sent comes out long before the end.
    const inflating = await fetch(`${sandbox.url}/partner/webhooks`, { method: 'POST', ...webhook() });
    let inflated = 0;
    for await (const chunk of inflating.body as unknown as AsyncIterable<Uint8Array>) {
      if ((inflated += chunk.length) > 64 * 1024 ** 2) break;
    }
    expect(inflated).toBeGreaterThan(64 * 1024 ** 2);
  });

  it('is well again after the given number of requests', async () => {
    await behave({ mode: 'status', status: 503, times: 2 });

    expect([await deliver(), await deliver(), await deliver()]).toEqual([503, 503, 204]);
    expect(await remembered()).toBe(1);
  });

  it('is replaced as a whole', async () => {
    await behave({ mode: 'status', status: 503, times: 1 });
    await behave({ mode: 'gone' });
    expect([await deliver(), await deliver()]).toEqual([410, 410]);

    await behave({ mode: 'ok' });
    expect(await deliver()).toBe(204);
  });

  it.each([
    {},
    { mode: 'sulk' },
    { mode: 'status', status: 99 },
    { mode: 'status', status: 600 },
    { mode: 'hang', status: 500 },
    { mode: 'retry-after', seconds: -1 },
    { mode: 'hang', seconds: 1 },
    { mode: 'gone', times: 0 },
    { mode: 'gone', often: true },
  ])('cannot be told %j', async (wanted) => {
    expect(await behave(wanted)).toMatchObject({
      status: 400,
      body: { errors: [{ path: expect.stringMatching(/./), message: expect.stringMatching(/./) }] },
    });
  });
});
