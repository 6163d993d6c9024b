import { jest } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@hookshop/testing';
import { type RunningSandbox, startSandbox } from '../../testing/running-sandbox.js';
import { CarrierClient } from '../testing/carrier-client.js';

jest.setTimeout(30_000);

describe('calling a shipment back', () => {
  let database: TestDatabase;
  let sandbox: RunningSandbox;
  let carrier: CarrierClient;

  beforeAll(async () => {
    database = await testDatabase();
    sandbox = await startSandbox(database.url);
    carrier = new CarrierClient(sandbox);
  });
  afterAll(async () => {
    await sandbox?.stop();
    await database?.drop();
  });

  let orders = 0;
  const shipment = async (status: string): Promise<string> => {
    const id = await carrier.booked(`order-${(orders += 1)}`);
    if (status === 'picked_up' || status === 'returning') await carrier.pickUp(id);
    if (status === 'returning') await carrier.return(id);
    if (status === 'delivered') await carrier.deliver(id);
    if (status === 'cancelled') await carrier.cancel(id);
    expect((await carrier.show(id)).body.status).toBe(status);
    return id;
  };

  it.each([
    ['cancel', 'booked', 'cancelled', 'cancelled_at'],
    ['return', 'picked_up', 'returning', 'returning_at'],
  ] as const)('lets the shop %s what is %s, once and for all', async (call, from, to, time) => {
    const id = await shipment(from);

    const first = await carrier[call](id);
    const second = await carrier[call](id);

    expect(first).toMatchObject({ status: 200, body: { id, status: to, [time]: expect.any(String) } });
    expect(second).toMatchObject({ status: 200, body: first.body });
    expect((await carrier.show(id)).body).toEqual(first.body);
  });

  it.each([
    ['cancel', 'picked_up', 'already_picked_up'],
    ['cancel', 'returning', 'already_picked_up'],
    ['cancel', 'delivered', 'already_delivered'],
    ['return', 'booked', 'not_picked_up'],
    ['return', 'delivered', 'already_delivered'],
    ['return', 'cancelled', 'cancelled'],
  ] as const)('refuses to %s what is %s: %s', async (call, status, code) => {
    const id = await shipment(status);
    const before = (await carrier.show(id)).body;

    const answer = await carrier[call](id);

    expect(answer).toMatchObject({ status: 409, body: { error: { code, message: expect.stringContaining(status) } } });
    expect((await carrier.show(id)).body).toEqual(before);
  });

  it.each(['cancel', 'return'] as const)('cannot %s what nobody booked', async (call) => {
    for (const id of ['shp_none', 'nonsense', '%00']) {
      expect(await carrier[call](id)).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
    }
  });

  it('is either cancelled or picked up when both happen at once', async () => {
    const neighbour = await startSandbox(database.url);
    try {
      const ids = await Promise.all(Array.from({ length: 20 }, () => shipment('booked')));
      const outcomes = await Promise.all(
        ids.map(async (id) => {
          const [picked, cancelled] = await Promise.all([carrier.pickUp(id), new CarrierClient(neighbour).cancel(id)]);
          const { status } = (await carrier.show(id)).body;
          return { answers: [picked.status, cancelled.status], status };
        }),
      );

      for (const { answers, status } of outcomes) {
        expect(answers).toEqual(status === 'cancelled' ? [409, 200] : [200, 409]);
        expect(['cancelled', 'picked_up']).toContain(status);
      }
    } finally {
      await neighbour.stop();
    }
  });

  it('either turns back or arrives when both happen at once', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => shipment('picked_up')));

    for (const answers of await Promise.all(
      ids.map(async (id) => Promise.all([carrier.deliver(id), carrier.return(id)])),
    )) {
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    }
  });
});
