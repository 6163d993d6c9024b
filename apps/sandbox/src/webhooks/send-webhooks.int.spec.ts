import { jest } from '@jest/globals';
import { eventually, testDatabase, type TestDatabase } from '@hookshop/testing';
import { v7 } from 'uuid';
import { ofCarrier, ofStripe } from '../testing/owed-webhooks.js';
import { type RunningSandbox, startSandbox } from '../testing/running-sandbox.js';
import { WebhookReceiver } from '../testing/webhook-receiver.js';
import { type OwedWebhook, oweWebhooks, type Sender } from './owe-webhooks.js';

jest.setTimeout(30_000);

describe('sending webhooks', () => {
  let database: TestDatabase;
  let receiver: WebhookReceiver;
  let sandbox: RunningSandbox;

  beforeAll(async () => {
    database = await testDatabase();
  });
  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
    sandbox = await startSandbox(database.url, receiver.environment);
  });
  afterEach(async () => {
    await sandbox.stop();
    await receiver.stop();
    await database.query('TRUNCATE webhooks');
  });
  afterAll(() => database?.drop());

  const owe = async (...webhooks: OwedWebhook[]) => {
    await oweWebhooks(database, webhooks);
    sandbox.webhooks.wake();
  };
  const books = async (): Promise<{ attempts: number; status: string; lastError: string | null }[]> =>
    (await sandbox.call('GET', '/webhooks')).body.data;
  const received = (sender: Sender) => receiver.received.filter(({ path }) => path === `/hooks/${sender}`);
  const makeDue = async () => {
    await database.query(`UPDATE webhooks SET due_at = now() WHERE due_at IS NOT NULL`);
    sandbox.webhooks.wake();
  };

  it('sends each sender its own way, to its own address, once', async () => {
    await owe(ofStripe('evt_1'), ofCarrier('msg_1'));

    await eventually(books, [{ status: 'delivered' }, { status: 'delivered' }]);

    expect(receiver.stripeEvents).toMatchObject([{ id: 'evt_1', type: 'payment_intent.succeeded' }]);
    expect(receiver.carrierMessages).toMatchObject([{ type: 'shipment.picked_up', data: { id: 'msg_1' } }]);
    expect(received('stripe')[0]!.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'user-agent': expect.stringMatching(/^Stripe\/1\.0 /),
    });
    expect(received('carrier')[0]!.headers).toMatchObject({ 'webhook-id': 'msg_1' });
  });

  it('tries again after a failure, signed anew, and says why it had to', async () => {
    receiver.answer = () => 500;
    await owe(ofStripe('evt_1'));
    await eventually(books, [{ status: 'due', attempts: 1, lastError: 'The shop answered 500' }]);
    const [first] = received('stripe');
    const firstSecond = Number(/t=(\d+)/.exec(String(first!.headers['stripe-signature']))![1]);
    await eventually(() => Date.now() >= (firstSecond + 1) * 1_000);
    receiver.answer = () => 200;

    await makeDue();

    await eventually(books, [{ status: 'delivered', attempts: 2, lastError: null }]);
    expect(receiver.stripeEvents.map(({ id }) => id)).toEqual(['evt_1', 'evt_1']);
    const [, second] = received('stripe');
    expect(second!.body).toBe(first!.body);
    expect(second!.headers['stripe-signature']).not.toBe(first!.headers['stripe-signature']);
  });

  it('sends nothing again while an attempt is under way', async () => {
    receiver.answer = ({ body }) => (body.includes('evt_1') ? null : 200);
    await owe(ofStripe('evt_1'));
    await eventually(() => receiver.received.length === 1);

    for (const later of ['evt_2', 'evt_3']) {
      await owe(ofStripe(later));
      await eventually(books, (rows) => rows[0]!.status === 'delivered');
    }

    expect(receiver.received).toHaveLength(3);
  });

  it('is not misled by an attempt that ends after a later one was delivered', async () => {
    const first = Promise.withResolvers<number>();
    receiver.answer = () => (receiver.received.length === 1 ? first.promise : 200);
    await owe(ofStripe('evt_1'));
    await eventually(() => receiver.received.length === 1);
    await makeDue();
    await eventually(books, [{ status: 'delivered', attempts: 2 }]);

    first.resolve(500);

    await owe(ofStripe('evt_2'));
    await eventually(books, (rows) => rows.length === 2 && rows[0]!.status === 'delivered');
    expect(await books()).toMatchObject([{}, { status: 'delivered', attempts: 2, lastError: null }]);
  });

  it('puts attempts off longer and longer', async () => {
    receiver.answer = () => 503;
    await owe(ofStripe('evt_1'));
    await eventually(books, [{ attempts: 1 }]);
    await database.query(`UPDATE webhooks SET attempts = 4, due_at = now()`);

    await eventually(books, [{ attempts: 5, lastError: 'The shop answered 503' }]);

    const [row] = await eventually(
      () =>
        database.query<{ seconds: number }>(
          `SELECT extract(epoch FROM due_at - now())::float8 AS seconds FROM webhooks`,
        ),
      (rows) => rows[0]!.seconds > 60,
    );
    expect(row!.seconds).toBeGreaterThan(500);
    expect(row!.seconds).toBeLessThanOrEqual(600);
  });

  it('is delivered once the shop is there again', async () => {
    await receiver.stop();
    await owe(ofCarrier('msg_1'));
    await eventually(books, [{ status: 'due', lastError: 'The shop could not be reached: ECONNREFUSED' }]);

    await receiver.listen();
    await makeDue();

    await eventually(books, [{ status: 'delivered' }]);
    expect(receiver.carrierMessages).toHaveLength(1);
  });

  it('gives up after three days, and keeps the reason', async () => {
    receiver.answer = () => 404;
    await database.query(
      `INSERT INTO webhooks (sender, event_id, body, attempts, due_at, created_at)
       VALUES ('stripe', 'evt_1', '{"type":"charge.refunded"}', 76, now(), now() - interval '71 hours 1 second')`,
    );

    await eventually(books, [{ status: 'given-up', attempts: 77, lastError: 'The shop answered 404' }]);
  });

  it('lets no sender wait for the other', async () => {
    receiver.answer = ({ path }) => (path === '/hooks/stripe' ? null : 200);
    await owe(...Array.from({ length: 100 }, (_, index) => ofStripe(`evt_${index}`)));
    await eventually(() => received('stripe').length === 32);

    await owe(ofCarrier('msg_1'));

    await eventually(() => received('carrier').length === 1);
    expect(received('stripe')).toHaveLength(32);
  });

  it('gives every place that becomes free to the next', async () => {
    const stuck = new Set(['evt_0', 'evt_1', 'evt_2']);
    receiver.answer = ({ body }) => (stuck.has(JSON.parse(body).id as string) ? null : 200);
    await owe(...Array.from({ length: 300 }, (_, index) => ofStripe(`evt_${index}`)));

    await eventually(
      () => database.query(`SELECT FROM webhooks WHERE delivered_at IS NOT NULL`),
      (rows) => rows.length === 297,
    );

    expect(receiver.received).toHaveLength(300);
  });

  it('starts with what a killed process left: committed and never claimed', async () => {
    await sandbox.stop();
    await oweWebhooks(database, [ofStripe('evt_1')]);

    sandbox = await startSandbox(database.url, receiver.environment);

    await eventually(books, [{ status: 'delivered', attempts: 1 }]);
  });

  it('takes over what a killed process had claimed, once its claim has ended', async () => {
    await database.query(
      `INSERT INTO webhooks (sender, event_id, body, attempts, due_at)
       VALUES ('stripe', 'evt_claimed', '{"id":"evt_claimed","type":"x"}', 1, now() + interval '30 seconds')`,
    );
    await owe(ofStripe('evt_free'));
    await eventually(() => received('stripe').length > 0);
    expect(receiver.stripeEvents.map(({ id }) => id)).toEqual(['evt_free']);

    await makeDue();

    await eventually(books, [{ status: 'delivered' }, { status: 'delivered', attempts: 2 }]);
  });

  it('leaves what it was sending when it was stopped to the next start', async () => {
    receiver.answer = () => null;
    await database.query(
      `INSERT INTO webhooks (sender, event_id, body, attempts, due_at)
       SELECT 'stripe', 'evt_' || n, '{"type":"charge.refunded"}', 6, now() FROM generate_series(1, 40) AS n`,
    );
    await eventually(() => received('stripe').length === 32);

    const begun = performance.now();
    await sandbox.stop();
    expect(performance.now() - begun).toBeLessThan(5_000);
    receiver.answer = () => 200;
    sandbox = await startSandbox(database.url, receiver.environment);

    await eventually(
      () => database.query(`SELECT FROM webhooks WHERE delivered_at IS NOT NULL`),
      (rows) => rows.length === 40,
    );
  });

  it('hears of an answer that another process got', async () => {
    await owe(ofStripe('evt_1'));
    await eventually(books, [{ status: 'delivered' }]);
    await database.query(`UPDATE webhooks SET answered_at = NULL`);

    let heard = false;
    const attempted = sandbox.webhooks.attempted(['evt_1', 'evt_unknown'], 60_000).then(() => (heard = true));
    await sandbox.webhooks.attempted(['evt_1'], 150);
    expect(heard).toBe(false);
    await database.query(`UPDATE webhooks SET answered_at = now()`);

    await attempted;
  });

  it('shares the work with other processes', async () => {
    const neighbour = await startSandbox(database.url, receiver.environment);
    try {
      await owe(...Array.from({ length: 400 }, () => ofCarrier(`msg_${v7()}`)));
      neighbour.webhooks.wake();

      await eventually(
        () => database.query(`SELECT FROM webhooks WHERE delivered_at IS NOT NULL AND attempts = 1`),
        (rows) => rows.length === 400,
      );
      expect(receiver.received).toHaveLength(400);
    } finally {
      await neighbour.stop();
    }
  });
});
