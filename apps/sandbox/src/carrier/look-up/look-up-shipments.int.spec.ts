import { jest } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@hookshop/testing';
import { type RunningSandbox, startSandbox } from '../../testing/running-sandbox.js';
import { CarrierClient } from '../testing/carrier-client.js';

jest.setTimeout(30_000);

describe('looking shipments up', () => {
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

  it('finds those of one reference, oldest first', async () => {
    const first = await carrier.book('mine', 'mine-1');
    await carrier.book('theirs');
    const second = await carrier.book('mine', 'mine-2');

    const { status, body } = await carrier.call('GET', '/shipments?reference=mine');

    expect(status).toBe(200);
    expect(body).toEqual({ data: [first.body, second.body] });
  });

  it('finds none of a reference nobody booked', async () => {
    expect(await carrier.call('GET', '/shipments?reference=none')).toMatchObject({ status: 200, body: { data: [] } });
  });

  it('shows the oldest hundred of many', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 102; index += 1) ids.push((await carrier.book('many', `many-${index}`)).body.id);

    const { body } = await carrier.call('GET', '/shipments?reference=many');

    expect(body.data.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 100));
  });

  it('shows where a shipment is now', async () => {
    const id = await carrier.booked('now');
    await carrier.pickUp(id);
    await carrier.return(id);

    const { status, body } = await carrier.show(id);

    expect(status).toBe(200);
    expect(body).toMatchObject({ id, status: 'returning', delivered_at: null, cancelled_at: null });
    expect(body.picked_up_at).toMatch(/Z$/);
    expect(body.returning_at).toMatch(/Z$/);
  });
});
