import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { jest } from '@jest/globals';
import { eventually, testDatabase, type TestDatabase } from '@hookshop/testing';
import { mintSecret } from '@hookshop/webhooks';
import { occurrence, partnerUrl, registering, send, signed } from '../../testing/partner-webhook.js';
import { type RunningSandbox, startSandbox } from '../../testing/running-sandbox.js';
import { StandInGateway } from '../../testing/stand-in-gateway.js';

jest.setTimeout(30_000);

describe('the partner', () => {
  let database: TestDatabase;
  let gateway: StandInGateway;
  let sandbox: RunningSandbox;

  beforeAll(async () => {
    database = await testDatabase();
  });
  beforeEach(async () => {
    gateway = await StandInGateway.start();
  });
  afterEach(async () => {
    await sandbox.stop();
    await gateway.stop();
  });
  afterAll(() => database?.drop());

  const start = async (environment = registering(gateway.url)) => {
    sandbox = await startSandbox(database.url, environment);
  };
  const deliver = (secret: string) => send(sandbox.url, signed(secret, occurrence('order.placed.v1')));
  const readings = () => gateway.calls.filter((call) => call === 'GET /v1/webhook-endpoints').length;

  it('registers its endpoint and takes what is signed with its secret', async () => {
    await start({ ...registering(gateway.url), PARTNER_EVENT_TYPES: 'order.*, payment.captured.v1' });

    await eventually(
      () => gateway.created,
      [{ url: partnerUrl, eventTypes: ['order.*', 'payment.captured.v1'], description: 'sandbox partner' }],
    );
    await eventually(() => deliver(gateway.endpoints[0]!.secret), 204);
    expect(gateway.keys).toEqual(new Set(['Bearer sk_partner_of_the_specs']));
  });

  it('wants everything unless it is told otherwise', async () => {
    await start();

    await eventually(() => gateway.created, [{ eventTypes: ['*'] }]);
  });

  it('knows its endpoint of an earlier start again, on whichever page', async () => {
    const { secret } = gateway.add(partnerUrl);
    for (const path of ['/', '/partner', '/partner/webhooks/other']) gateway.add(`http://partner.example${path}`);
    const elsewhere = gateway.add('http://other.example/partner/webhooks');
    await start();

    await eventually(() => deliver(secret), 204);
    expect(await deliver(elsewhere.secret)).toBe(401);
    expect(gateway.created).toEqual([]);
  });

  it('takes what comes for any of its endpoints', async () => {
    const [one, other] = [gateway.add(partnerUrl), gateway.add(`${partnerUrl}?of=another`)];
    await start();

    await eventually(() => deliver(one.secret), 204);
    expect(await deliver(other.secret)).toBe(204);
  });

  it('is ready before there is a gateway, and registers when it comes', async () => {
    const { port } = gateway;
    await gateway.stop();
    await start(registering(`http://127.0.0.1:${port}/`));
    expect(await sandbox.call('GET', '/readyz')).toMatchObject({
      status: 200,
      body: { checks: { partner: { ok: false, detail: 'has no endpoint at the gateway yet' } } },
    });
    expect(await deliver(mintSecret())).toBe(503);

    gateway = await StandInGateway.start(port);

    await eventually(() => gateway.created.length, 1);
    await eventually(() => sandbox.call('GET', '/readyz'), { body: { checks: { partner: { ok: true } } } });
    await eventually(() => deliver(gateway.endpoints[0]!.secret), 204);
  });

  it('asks again when the gateway will not have it yet', async () => {
    gateway.failure = 503;
    await start();
    await eventually(() => readings() > 1, true);

    gateway.failure = null;

    await eventually(() => gateway.created.length, 1);
  });

  it('asks no longer once it stops, although the gateway has not answered', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const asked = once(silent, 'connection') as Promise<[Socket]>;
    await start(registering(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`));
    const [connection] = await asked;
    connection.on('error', () => undefined).resume();

    await sandbox.stop();

    await eventually(() => connection.closed, true, { timeoutMs: 2_000 });
    silent.close();
  });

  it('takes the first webhook under a new secret', async () => {
    const endpoint = gateway.add(partnerUrl);
    await start();
    await eventually(() => deliver(endpoint.secret), 204);
    const former = endpoint.secret;

    endpoint.secret = mintSecret();

    expect(await deliver(endpoint.secret)).toBe(204);
    expect(await deliver(former)).toBe(401);
  });

  it('keeps its secrets while the gateway is away', async () => {
    const { secret } = gateway.add(partnerUrl);
    await start();
    await eventually(() => deliver(secret), 204);
    gateway.failure = 500;

    expect(await deliver(mintSecret())).toBe(401);
    expect(await deliver(secret)).toBe(204);
  });

  it('reads its secrets anew at most once a second, however many signatures are unknown', async () => {
    const { secret } = gateway.add(partnerUrl);
    await start();
    await eventually(() => deliver(secret), 204);
    const before = readings();
    const begun = performance.now();

    const statuses: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      statuses.push(...(await Promise.all(Array.from({ length: 20 }, () => deliver(mintSecret())))));
    }

    expect(new Set(statuses)).toEqual(new Set([401]));
    expect(readings() - before).toBeLessThanOrEqual(1 + Math.ceil((performance.now() - begun) / 1_000));
  });

  it('registers nowhere when it was given no gateway', async () => {
    await start({});

    expect(await deliver(mintSecret())).toBe(503);
    expect(gateway.calls).toEqual([]);
  });
});
