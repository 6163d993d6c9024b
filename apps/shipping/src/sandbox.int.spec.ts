import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { ShippingUnderTest } from './testing/shipping-under-test.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

interface BookedShipment {
  id: string;
  status: string;
  recipient: string;
  items: object[];
}

/** The sandbox as it is shipped, built before any spec ran, on any free port. */
async function startSandbox(databaseUrl: string, webhookUrl: string): Promise<{ process: ChildProcess; url: string }> {
  const sandbox = spawn(process.execPath, ['apps/sandbox/dist/main.js'], {
    cwd: root,
    env: {
      ...{ PORT: '0', SMTP_PORT: '0', DATABASE_URL: databaseUrl, NODE_ENV: 'test' },
      CARRIER_WEBHOOK_URL: webhookUrl,
      CARRIER_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32).toString('base64')}`,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(sandbox.stdout)) {
    const { url } = JSON.parse(line) as { url?: string };
    if (url !== undefined) return { process: sandbox, url };
  }
  throw new Error('The sandbox ended while it started');
}

describe("Shipping and the sandbox's carrier", () => {
  let broker: TestBroker;
  let databases: TestDatabase[] = [];
  let door: Server;
  let sandbox: { process: ChildProcess; url: string };
  let shipping: ShippingUnderTest;
  const told: Promise<void>[] = [];

  beforeAll(async () => {
    databases = [await testDatabase(), await testDatabase()];
    // The gateway's door, short of its lock: signatures are none of shipping's business.
    door = createServer((request, response) => {
      const webhookId = String(request.headers['webhook-id']);
      const heard = text(request)
        .then((body) => shipping.receive(body, { webhookId }))
        // What is told before a booking is answered is heard before that, too.
        .then(() => shipping.catchUp())
        .then(() => void response.writeHead(202).end());
      // The carrier tells it again.
      told.push(heard.catch(() => void response.destroy()));
    });
    await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
    const doorUrl = `http://127.0.0.1:${(door.address() as AddressInfo).port}/hooks/carrier`;
    [broker, sandbox] = await Promise.all([testBroker(), startSandbox(databases[1]!.url, doorUrl)]);
    shipping = await ShippingUnderTest.start({
      databaseUrl: databases[0]!.url,
      natsUrl: broker.url,
      carrierUrl: sandbox.url,
    });
  }, 120_000);
  afterAll(async () => {
    sandbox?.process.kill();
    door?.closeAllConnections();
    door?.close();
    await Promise.all(told);
    await shipping?.stop();
    await broker?.stop();
    for (const database of databases) await database.drop();
  });

  const ask = async <T>(path: string, method = 'GET', body?: object): Promise<T> => {
    const response = await fetch(sandbox.url + path, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  const bookedFor = async (orderId: string) =>
    (await ask<{ data: BookedShipment[] }>(`/carrier/shipments?orderId=${orderId}`)).data;
  const misbehave = (behaviour: object) => ask('/carrier/behaviour', 'PUT', behaviour);
  const move = async (orderId: string, verb: string) =>
    ask(`/carrier/shipments/${(await bookedFor(orderId))[0]!.id}/${verb}`, 'POST');
  const becomes = (orderId: string, status: string) =>
    eventually(() => shipping.shipment(orderId), { status } as never);
  const states = (orderId: string, types: string[]) =>
    eventually(
      () => shipping.typesOf(orderId),
      types.map((type) => `shipment.${type}`),
    );
  const confirmed = async (): Promise<string> => {
    const orderId = uuidv7();
    await shipping.confirm(orderId);
    return orderId;
  };

  it('carry a parcel from its booking to its recipient', async () => {
    const orderId = await confirmed();
    const row = await becomes(orderId, 'booked');
    expect(await bookedFor(orderId)).toMatchObject([
      { id: row!.carrier_id, recipient: 'Ada Lovelace', items: [{ sku: 'KEYB-01', quantity: 2 }] },
    ]);
    await move(orderId, 'pick-up');
    await states(orderId, ['dispatched']);
    await move(orderId, 'deliver');

    await states(orderId, ['dispatched', 'delivered']);
  });

  it('have one parcel when the carrier books it and does not answer', async () => {
    await misbehave({ timeoutAfterBooking: true, times: 1 });
    const orderId = await confirmed();

    expect(await becomes(orderId, 'booked')).toMatchObject({ attempts: 2 });
    expect(await bookedFor(orderId)).toHaveLength(1);
  });

  it('agree about a parcel that is picked up before its booking is answered', async () => {
    await misbehave({ webhookFirst: true, webhookTwice: true, times: 1 });
    const orderId = await confirmed();

    await states(orderId, ['dispatched']);
    await shipping.catchUp();
    expect(await shipping.shipment(orderId)).toMatchObject({ status: 'dispatched', version: 2 });
  });

  it('call a parcel off, bring one back, and know when it is too late', async () => {
    const [waiting, gone, arrived] = [await confirmed(), await confirmed(), await confirmed()];
    for (const orderId of [waiting, gone, arrived]) await becomes(orderId, 'booked');
    for (const orderId of [gone, arrived]) await move(orderId, 'pick-up');
    await states(arrived, ['dispatched']);
    await move(arrived, 'deliver');
    await states(arrived, ['dispatched', 'delivered']);
    for (const orderId of [waiting, gone, arrived]) await shipping.cancel(orderId);

    await states(waiting, ['cancelled']);
    await states(gone, ['dispatched', 'recalled']);
    await states(arrived, ['dispatched', 'delivered', 'recall-failed']);
    const statuses = await Promise.all([waiting, gone, arrived].map(async (id) => (await bookedFor(id))[0]!.status));
    expect(statuses).toEqual(['cancelled', 'returning', 'delivered']);
  });
});
