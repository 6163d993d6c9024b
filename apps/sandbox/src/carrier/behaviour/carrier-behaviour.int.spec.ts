import { jest } from '@jest/globals';
import { eventually, testDatabase, type TestDatabase } from '@hookshop/testing';
import { type RunningSandbox, startSandbox } from '../../testing/running-sandbox.js';
import { CarrierClient } from '../testing/carrier-client.js';

jest.setTimeout(30_000);

describe('a misbehaving carrier', () => {
  let database: TestDatabase;
  let sandbox: RunningSandbox;
  let carrier: CarrierClient;

  beforeAll(async () => {
    database = await testDatabase();
    sandbox = await startSandbox(database.url);
    carrier = new CarrierClient(sandbox);
  });
  afterEach(() => behave({}));
  afterAll(async () => {
    await sandbox?.stop();
    await database?.drop();
  });

  const behave = (wanted: unknown) => sandbox.call('PUT', '/carrier/behaviour', wanted);
  it('books and never answers, as often as it is told, and answers the same key later', async () => {
    await behave({ timeoutAfterBooking: true, times: 2 });

    expect([await carrier.bookInVain('hang-1'), await carrier.bookInVain('hang-2')]).toEqual([true, true]);

    const [first] = await eventually(
      () => database.query<{ id: string }>(`SELECT id FROM shipments WHERE reference LIKE 'hang-%' ORDER BY id`),
      (booked) => booked.length === 2,
    );
    const again = await carrier.book('hang-1');
    expect(again).toMatchObject({ status: 201, body: { id: first!.id, status: 'booked' } });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  it('never answers until it is well again', async () => {
    await behave({ timeoutAfterBooking: true });
    expect([await carrier.bookInVain('on-1'), await carrier.bookInVain('on-2')]).toEqual([true, true]);

    expect(await behave({})).toEqual({ status: 200, body: {} });
    expect(await carrier.book('off')).toMatchObject({ status: 201 });
  });

  it.each(['book', 'cancel', 'return'] as const)('takes its time to %s', async (what) => {
    const id = await carrier.booked(`slow-${what}`);
    if (what === 'return') await carrier.pickUp(id);
    await behave({ delayMs: 300, times: 1 });

    const begun = performance.now();
    const answer = await (what === 'book' ? carrier.book(`slower-${what}`) : carrier[what](id));

    expect(answer.status).toBeLessThan(300);
    expect(performance.now() - begun).toBeGreaterThan(290);
  });

  it.each([
    { delayMs: -1 },
    { delayMs: 60_001 },
    { delayMs: '5' },
    { timeoutAfterBooking: 'yes' },
    { webhookTwice: 1 },
    { deliveredFirst: 'first' },
    { webhookFirst: {} },
    { times: 0 },
    { failRefunds: true },
    [],
  ])('cannot be told %j', async (wanted) => {
    expect(await behave(wanted)).toMatchObject({ status: 400 });
  });
});
