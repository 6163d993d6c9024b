import { jest } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@hookshop/testing';
import { type RunningSandbox, startSandbox } from '../../testing/running-sandbox.js';
import { CarrierClient, consignment } from '../testing/carrier-client.js';

jest.setTimeout(30_000);

describe('booking a shipment', () => {
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

  const booked = (reference: string) =>
    database.query<{ id: string }>(`SELECT id FROM shipments WHERE reference = $1`, [reference]);

  it('answers with the shipment and its tracking number', async () => {
    const { status, headers, body } = await carrier.book('o-1');

    expect(status).toBe(201);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.has('idempotent-replayed')).toBe(false);
    expect(body).toEqual({
      id: expect.stringMatching(/^shp_\w+$/),
      reference: 'o-1',
      status: 'booked',
      carrier: 'Sandbox Express',
      tracking_number: expect.stringMatching(/^SE\d{12}$/),
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      picked_up_at: null,
      delivered_at: null,
      cancelled_at: null,
      returning_at: null,
    });
    expect(Math.abs(Date.parse(body.created_at) - Date.now())).toBeLessThan(60_000);
    expect((await carrier.show(body.id)).body).toEqual(body);
  });

  it('books once per key and says the same again', async () => {
    const first = await carrier.book('twice');
    const { line1, line2, ...place } = consignment('twice').address;
    const second = await carrier.book('twice', 'key-twice', { address: { ...place, line2, line1 } });

    expect(second).toMatchObject({ status: 201, body: first.body });
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await booked('twice')).toHaveLength(1);
  });

  it('says what it said then, whatever happened to the shipment since', async () => {
    const first = await carrier.book('since');
    await carrier.deliver(first.body.id);

    expect(await carrier.book('since')).toMatchObject({ status: 201, body: first.body });
    expect((await carrier.show(first.body.id)).body.status).toBe('delivered');
  });

  it('books two shipments of one order under two keys', async () => {
    const [first, second] = [await carrier.book('split', 'split-1'), await carrier.book('split', 'split-2')];

    expect(second.body.id).not.toBe(first.body.id);
    expect(second.body.tracking_number).not.toBe(first.body.tracking_number);
  });

  it.each([
    ['reference', { reference: 'other' }],
    ['recipient', { recipient: { name: 'Grace Hopper' } }],
    ['address', { address: { ...consignment('').address, city: 'Shelbyville' } }],
    ['second line', { address: { ...consignment('').address, line2: undefined } }],
    ['items', { items: [{ sku: 'KEYB-01', quantity: 2 }] }],
  ])('refuses the key of a shipment with another %s', async (what, more) => {
    await carrier.book('reused', `reused-${what}`);

    const { status, body } = await carrier.book('reused', `reused-${what}`, more);

    expect({ status, code: body.error.code }).toEqual({ status: 422, code: 'idempotency_key_reused' });
    expect(await booked('other')).toEqual([]);
  });

  it('books one shipment when twenty requests with one key come at once', async () => {
    const neighbour = await startSandbox(database.url);
    try {
      const shops = [carrier, new CarrierClient(neighbour)];
      const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => shops[index % 2]!.book('race')));

      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
      for (const { body } of answers) expect(body).toEqual(answers[0]!.body);
      expect(answers.filter(({ headers }) => !headers.has('idempotent-replayed'))).toHaveLength(1);
      expect(await booked('race')).toHaveLength(1);
    } finally {
      await neighbour.stop();
    }
  });

  it('books many that arrive together in a few commits, each for itself', async () => {
    await carrier.book('crowd-0');
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        carrier.book(`crowd-${index}`, `key-crowd-${index % 50}`, { recipient: { name: `Nr ${index % 50}` } }),
      ),
    );

    // Nr 0 has another name than the shipment booked before; from 50 on the keys are those of other references.
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(11);
    const booked = answers.filter(({ status }) => status === 201).map(({ body }) => body);
    expect(booked).toHaveLength(49);
    for (const list of ['id', 'tracking_number', 'reference']) {
      expect(new Set(booked.map((body) => body[list])).size).toBe(49);
    }
    const [commits] = await database.query<{ count: number }>(
      `SELECT count(DISTINCT xmin::text)::int AS count FROM shipments WHERE reference LIKE 'crowd-%'`,
    );
    expect(commits!.count).toBeLessThan(45);
  });

  it('keeps bookings and their keys over a restart', async () => {
    const own = await testDatabase();
    try {
      const before = await startSandbox(own.url);
      const first = await new CarrierClient(before).book('kept').finally(() => before.stop());
      const after = await startSandbox(own.url);
      const second = await new CarrierClient(after).book('kept').finally(() => after.stop());

      expect(second).toMatchObject({ status: 201, body: first.body });
      expect(second.headers.get('idempotent-replayed')).toBe('true');
    } finally {
      await own.drop();
    }
  });

  it.each([
    ['no key', undefined],
    ['an empty key', ''],
    ['a key too long', 'k'.repeat(256)],
    ['a key in other letters', 'ключ'],
  ])('refuses %s', async (_what, key) => {
    const answer = await carrier.call('POST', '/shipments', consignment('keyless'), {
      headers: key === undefined ? {} : { 'idempotency-key': Buffer.from(key).toString('latin1') },
    });

    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } });
    expect(answer.body.error.message).toContain('Idempotency-Key');
    expect(await booked('keyless')).toEqual([]);
  });

  const { address, items } = consignment('');
  it.each<[string, object, string]>([
    ['no reference', { reference: undefined }, 'reference'],
    ['an empty reference', { reference: '' }, 'reference'],
    ['a reference that cannot be stored', { reference: 'a\0' }, 'reference'],
    ['half a character', { recipient: { name: '\ud800' } }, 'recipient.name'],
    ['a recipient without a name', { recipient: {} }, 'recipient.name'],
    ['a recipient that is a list', { recipient: [{ name: 'Ada' }] }, 'recipient'],
    ['no address', { address: null }, 'address'],
    ['a camel in the address', { address: { ...address, postalCode: '1' } }, 'address.postalCode'],
    ['an address on two lines', { address: { ...address, line1: 'a\nb' } }, 'address.line1'],
    ['a line too long', { address: { ...address, line1: 'a'.repeat(201) } }, 'address.line1'],
    ['no such country', { address: { ...address, country: 'XX' } }, 'address.country'],
    ['no items', { items: [] }, 'items'],
    ['an item that is a list', { items: [[items[0]]] }, 'items'],
    ['too many items', { items: Array.from({ length: 101 }, () => items[0]) }, 'items'],
    ['a quantity of nothing', { items: [{ sku: 'A', quantity: 0 }] }, 'items.0.quantity'],
    ['half a piece', { items: [{ sku: 'A', quantity: 0.5 }] }, 'items.0.quantity'],
    ['a number in words', { items: [{ sku: 'A', quantity: '1' }] }, 'items.0.quantity'],
    ['a wish it does not know', { express: true }, 'express'],
  ])('refuses %s and says where', async (_what, more, path) => {
    const { status, body } = await carrier.book('faulty', 'key-faulty', more);

    expect({ status, code: body.error?.code }).toEqual({ status: 400, code: 'invalid_request' });
    expect(body.error.message).toContain(`${path}: `);
    expect(await booked('faulty')).toEqual([]);
  });

  it('takes whatever the shop lets its customers order', async () => {
    const widest = {
      recipient: { name: '名'.repeat(200) },
      address: {
        line1: 'é'.repeat(200),
        line2: null,
        city: 'c'.repeat(200),
        postal_code: '1'.repeat(20),
        country: 'DE',
      },
      items: Array.from({ length: 100 }, (_, index) => ({ sku: `S${index}`.padEnd(64, 'x'), quantity: 100_000_000 })),
    };

    const first = await carrier.book('widest', 'k'.repeat(255), widest);
    expect(first).toMatchObject({ status: 201 });

    // No second line, said in another way.
    const { line2: _none, ...address } = widest.address;
    const again = await carrier.book('widest', 'k'.repeat(255), { ...widest, address });
    expect(again).toMatchObject({ status: 201, body: first.body });
  });
});
