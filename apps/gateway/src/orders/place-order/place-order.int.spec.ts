import { jest } from '@jest/globals';
import { BrokerConnection } from '@hookshop/messaging';
import { Database } from '@hookshop/persistence';
import { eventually, testBroker, testDatabase, type TestBroker, type TestDatabase } from '@hookshop/testing';
import { FarSide, Refused } from '../../testing/far-side.js';
import { orderBody, orderView } from '../../testing/orders.js';
import { startGateway, type TestGateway } from '../../testing/test-gateway.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

describe('placing an order', () => {
  let broker: TestBroker;
  let database: TestDatabase;
  let gateway: TestGateway;
  let farSide: FarSide;

  beforeAll(async () => {
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    farSide = await FarSide.join(broker.url);
    gateway = await startGateway({ natsUrl: broker.url, databaseUrl: database.url });
    await gateway.app.get(BrokerConnection).opened;
  });

  beforeEach(async () => {
    farSide.asked.length = 0;
    await farSide.answer('order.place', (body) => orderView(body['orderId'] as string));
  });

  afterAll(async () => {
    await gateway.stop();
    await farSide.close();
    await broker.stop();
    await database.drop();
  });

  let keys = 0;
  const freshKey = (): string => `key-${(keys += 1)}`;
  const place = (key?: string, body: unknown = orderBody()): Promise<Response> =>
    gateway.fetch('/v1/orders', { body, headers: key === undefined ? {} : { 'idempotency-key': key } });
  const idsAsked = (): unknown[] => farSide.bodiesOf('order.place').map(({ orderId }) => orderId);
  const rowOf = async (key: string): Promise<{ order_id: string; answer: string | null } | undefined> =>
    (
      await database.query<{ order_id: string; answer: string | null }>(
        'SELECT order_id, answer FROM idempotency_keys WHERE key = $1',
        [key],
      )
    )[0];

  it('answers 201 with the order and where to find it', async () => {
    const response = await place();
    const order = (await response.json()) as { id: string };

    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe(`/v1/orders/${order.id}`);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(farSide.bodiesOf('order.place')).toEqual([{ ...orderBody(), orderId: order.id }]);
  });

  describe('under an Idempotency-Key', () => {
    it('answers a replay byte by byte like the first time, without asking again', async () => {
      const key = freshKey();
      const first = await place(key);
      const again = await place(key);

      expect(first.headers.get('idempotent-replayed')).toBeNull();
      expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
      expect(again.headers.get('location')).toBe(first.headers.get('location'));
      expect(await again.text()).toBe(await first.text());
      expect(idsAsked()).toHaveLength(1);
    });

    it('takes the same body for the same, however its properties are ordered', async () => {
      const key = freshKey();
      const { customer, ...rest } = orderBody();
      await place(key, { customer, ...rest });

      expect((await place(key, { ...rest, customer: { name: customer.name, email: customer.email } })).status).toBe(
        201,
      );
    });

    it('refuses another body with 422', async () => {
      const key = freshKey();
      await place(key);
      const other = await place(key, orderBody({ lines: [{ sku: 'KEYB-01', quantity: 2 }] }));

      expect(other.status).toBe(422);
      expect(idsAsked()).toHaveLength(1);
    });

    it('keeps the keys of different senders apart', async () => {
      const key = freshKey();
      await place(key);
      const asAdmin = await gateway.fetch('/v1/orders', {
        as: 'admin',
        body: orderBody({ payment: { method: 'pm_card_chargeDeclined' } }),
        headers: { 'idempotency-key': key },
      });

      expect(asAdmin.status).toBe(201);
      expect(asAdmin.headers.get('idempotent-replayed')).toBeNull();
    });

    it('answers 409 with Retry-After while the first is running, and then the same as the first', async () => {
      let release = (): void => undefined;
      const released = new Promise<void>((resolve) => (release = resolve));
      await farSide.answer('order.place', async ({ orderId }) => {
        await released;
        return orderView(orderId as string);
      });
      const key = freshKey();
      const first = place(key);
      await eventually(idsAsked, (ids) => ids.length === 1);

      const second = await place(key);
      release();

      expect(second.status).toBe(409);
      expect(Number(second.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect((await first).status).toBe(201);
      expect(await (await place(key)).text()).toBe(await (await first).text());
      expect(idsAsked()).toHaveLength(1);
    });

    it('places one order when the same request arrives fifty times at once', async () => {
      const key = freshKey();
      const statements = jest.spyOn(gateway.app.get(Database), 'query');
      const responses = await Promise.all(Array.from({ length: 50 }, () => place(key)));
      await Promise.all(statements.mock.results.map(({ value }) => value as Promise<unknown>));
      statements.mockRestore();
      const statuses = new Set(responses.map(({ status }) => status));

      expect(idsAsked()).toHaveLength(1);
      expect([...statuses].every((status) => status === 201 || status === 409)).toBe(true);
      expect(statuses).toContain(201);
    });

    it('answers each of many requests that share a commit for itself', async () => {
      await farSide.answer('order.place', ({ orderId, payment }) =>
        (payment as { method: string }).method === 'pm_card_visa'
          ? orderView(orderId as string)
          : new Refused({ status: 422, detail: 'Unknown SKU.' }),
      );
      const requests = Array.from({ length: 40 }, (_, index) => ({ key: freshKey(), bad: index % 4 === 0 }));
      const statuses = await Promise.all(
        requests.map(async ({ key, bad }) => {
          const body = bad ? orderBody({ payment: { method: 'pm_unknown' } }) : orderBody();
          return (await place(key, body)).status;
        }),
      );

      expect(statuses).toEqual(requests.map(({ bad }) => (bad ? 422 : 201)));
      expect(new Set(idsAsked()).size).toBe(40);
    });

    it('frees the key after a refusal, so that a better request may use it', async () => {
      const key = freshKey();
      await farSide.answer('order.place', () => new Refused({ status: 422, detail: 'There is no product NOPE-01.' }));
      const refused = await place(key, orderBody({ lines: [{ sku: 'NOPE-01', quantity: 1 }] }));
      await farSide.answer('order.place', (body) => orderView(body['orderId'] as string));

      expect(refused.status).toBe(422);
      expect(await refused.json()).toMatchObject({ status: 422, detail: 'There is no product NOPE-01.' });
      expect(await rowOf(key)).toBeUndefined();
      expect((await place(key)).status).toBe(201);
    });

    it('places once, under the same id, when the retry follows a 503', async () => {
      const key = freshKey();
      await farSide.leave('order.place');
      const away = await place(key);
      const fixed = (await rowOf(key))!.order_id;
      await farSide.answer('order.place', (body) => orderView(body['orderId'] as string));
      const retried = await place(key);

      expect([away.status, away.headers.get('retry-after')]).toEqual([503, '2']);
      expect(retried.status).toBe(201);
      expect(idsAsked()).toEqual([fixed]);
    });

    it('says after a 504 where to look, and asks for the same order again', async () => {
      const key = freshKey();
      await farSide.answer('order.place', () => undefined);
      const unknown = await place(key);
      const [fixed] = idsAsked();
      await farSide.answer('order.place', (body) => orderView(body['orderId'] as string));
      const retried = await place(key);

      expect(unknown.status).toBe(504);
      const { detail } = (await unknown.json()) as { detail: string };
      expect(detail).toContain(`GET /v1/orders/${fixed}`);
      expect(detail).toContain('same Idempotency-Key');
      expect(retried.status).toBe(201);
      expect(idsAsked()).toEqual([fixed, fixed]);
    });

    it('takes over from a holder that crashed, once its lock has expired', async () => {
      const key = freshKey();
      await farSide.leave('order.place');
      await place(key);
      await database.query(
        `UPDATE idempotency_keys SET locked_until = now() + interval '30 seconds', holder = uuidv7() WHERE key = $1`,
        [key],
      );
      await farSide.answer('order.place', (body) => orderView(body['orderId'] as string));
      const early = await place(key);
      await database.query(`UPDATE idempotency_keys SET locked_until = now() - interval '1 second' WHERE key = $1`, [
        key,
      ]);
      const late = await place(key);

      expect([early.status, late.status]).toEqual([409, 201]);
      expect(idsAsked()).toEqual([(await rowOf(key))!.order_id]);
    });

    it('stores the answer of whoever was slower than its lock, and never changes a stored one', async () => {
      const key = freshKey();
      const answers: ((view: object) => void)[] = [];
      await farSide.answer('order.place', () => new Promise((resolve) => answers.push(resolve)));
      const slow = place(key);
      await eventually(() => answers.length === 1);
      await database.query(`UPDATE idempotency_keys SET locked_until = now() - interval '1 second' WHERE key = $1`, [
        key,
      ]);
      const fast = place(key);
      await eventually(() => answers.length === 2);
      const id = idsAsked()[0] as string;

      answers[1]!(orderView(id));
      const first = await (await fast).text();
      answers[0]!(orderView(id, { status: 'confirmed' }));
      await slow;

      expect(await (await place(key)).text()).toBe(first);
      expect(new Set(idsAsked()).size).toBe(1);
    });

    it.each(['x'.repeat(256), 'naïve', ''])('refuses the key %j with 400', async (key) => {
      const response = await place(key);

      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ errors: [{ path: 'Idempotency-Key' }] });
      expect(idsAsked()).toEqual([]);
    });

    it('forgets keys after a day, and no others', async () => {
      const [old, young] = [freshKey(), freshKey()];
      await place(old);
      await place(young);
      await database.query(`UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE key = $1`, [
        old,
      ]);
      const second = await startGateway({ natsUrl: broker.url, databaseUrl: database.url });

      await eventually(
        () => rowOf(old),
        (row) => row === undefined,
      );
      expect(await rowOf(young)).toBeDefined();
      await second.stop();
    });
  });
});
