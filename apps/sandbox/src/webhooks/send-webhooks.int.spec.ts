import { jest } from '@jest/globals';
import { eventually, testDatabase, type TestDatabase } from '@hookshop/testing';
import { v7 } from 'uuid';
import { type RunningSandbox, startSandbox } from '../testing/running-sandbox.js';
import { WebhookReceiver } from '../testing/webhook-receiver.js';
import { type OwedWebhook, oweWebhooks, type Sender } from './owe-webhooks.js';

jest.setTimeout(30_000);

const stripe = (eventId: string, more: Partial<OwedWebhook> = {}): OwedWebhook => ({
  sender: 'stripe',
  eventId,
  body: JSON.stringify({ id: eventId, object: 'event', type: 'payment_intent.succeeded' }),
  ...more,
});
const carrier = (eventId: string, more: Partial<OwedWebhook> = {}): OwedWebhook => ({
  sender: 'carrier',
  eventId,
  body: JSON.stringify({ type: 'shipment.picked_up', data: { id: eventId } }),
  ...more,
});

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
    sandbox.wakeWebhooks();
  };
  const books = async (): Promise<{ attempts: number; status: string; lastError: string | null }[]> =>
    (await sandbox.call('GET', '/webhooks')).body.data;
  const received = (sender: Sender) => receiver.received.filter(({ path }) => path === `/hooks/${sender}`);
  const makeDue = async (eventId = '%') => {
    await database.query(`UPDATE webhooks SET due_at = now() WHERE due_at IS NOT NULL AND event_id LIKE $1`, [eventId]);
    sandbox.wakeWebhooks();
  };

  it('sends each sender its own way, to its own address, once', async () => {
    await owe(stripe('evt_1'), carrier('msg_1'));

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
    await owe(stripe('evt_1'));
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

  it('puts attempts off longer and longer', async () => {
    receiver.answer = () => 503;
    await owe(stripe('evt_1'));
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
    await owe(carrier('msg_1'));
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

  it('sends a second copy once the first was answered, whatever the answer', async () => {
    const second = Promise.withResolvers<number>();
    receiver.answer = () => (receiver.received.length === 1 ? second.promise : 200);
    await owe(carrier('msg_1', { copies: 2 }), carrier('msg_2'));

    await eventually(() => received('carrier').length === 2);
    expect(
      received('carrier')
        .map(({ headers }) => headers['webhook-id'])
        .sort(),
    ).toEqual(['msg_1', 'msg_2']);
    second.resolve(500);

    await eventually(() => received('carrier').length === 3);
    expect(received('carrier')[2]!.headers['webhook-id']).toBe('msg_1');
    await eventually(
      () => database.query(`SELECT FROM webhooks WHERE event_id = 'msg_1' AND delivered_at IS NOT NULL`),
      (rows) => rows.length === 1,
    );
  });

  it('sends what is to follow another once that was answered', async () => {
    const answer = Promise.withResolvers<number>();
    receiver.answer = ({ headers }) => (headers['webhook-id'] === 'msg_first' ? answer.promise : 200);
    await owe(carrier('msg_then', { afterEventId: 'msg_first' }), carrier('msg_first'), carrier('msg_other'));

    await eventually(books, (rows) => rows.filter(({ status }) => status === 'delivered').length === 1);
    await eventually(() => received('carrier').length === 2);
    answer.resolve(200);

    await eventually(books, (rows) => rows.every(({ status }) => status === 'delivered'));
    expect(received('carrier')[2]!.headers['webhook-id']).toBe('msg_then');
    await owe(carrier('msg_late', { afterEventId: 'msg_first' }));
    await eventually(books, (rows) => rows.length === 4 && rows[0]!.status === 'delivered');
  });

  it('waits ten seconds for what is never answered', async () => {
    receiver.answer = ({ headers }) => (headers['webhook-id'] === 'msg_first' ? null : 200);
    await owe(carrier('msg_first'), carrier('msg_then', { afterEventId: 'msg_first' }));
    await eventually(() => received('carrier').length === 1);
    const [waiting] = await database.query<{ seconds: number }>(
      `SELECT extract(epoch FROM due_at - created_at)::float8 AS seconds FROM webhooks WHERE event_id = 'msg_then'`,
    );
    expect(waiting).toEqual({ seconds: 10 });

    await makeDue('msg_then');

    await eventually(() => received('carrier')[1]?.headers['webhook-id'] === 'msg_then');
  });

  it('lets no sender wait for the other', async () => {
    receiver.answer = ({ path }) => (path === '/hooks/stripe' ? null : 200);
    await owe(...Array.from({ length: 100 }, (_, index) => stripe(`evt_${index}`)));
    await eventually(() => received('stripe').length === 32);

    await owe(carrier('msg_1'));

    await eventually(() => received('carrier').length === 1);
    expect(received('stripe')).toHaveLength(32);
  });

  it('gives every place that becomes free to the next', async () => {
    const stuck = new Set(['evt_0', 'evt_1', 'evt_2']);
    receiver.answer = ({ body }) => (stuck.has(JSON.parse(body).id as string) ? null : 200);
    await owe(...Array.from({ length: 300 }, (_, index) => stripe(`evt_${index}`)));

    await eventually(
      () => database.query(`SELECT FROM webhooks WHERE delivered_at IS NOT NULL`),
      (rows) => rows.length === 297,
    );

    expect(receiver.received).toHaveLength(300);
  });

  it('starts with what a killed process left: committed and never claimed', async () => {
    await sandbox.stop();
    await oweWebhooks(database, [stripe('evt_1')]);

    sandbox = await startSandbox(database.url, receiver.environment);

    await eventually(books, [{ status: 'delivered', attempts: 1 }]);
  });

  it('takes over what a killed process had claimed, once its claim has ended', async () => {
    await database.query(
      `INSERT INTO webhooks (sender, event_id, body, attempts, due_at)
       VALUES ('stripe', 'evt_claimed', '{"id":"evt_claimed","type":"x"}', 1, now() + interval '30 seconds')`,
    );
    await owe(stripe('evt_free'));
    await eventually(() => received('stripe').length > 0);
    expect(receiver.stripeEvents.map(({ id }) => id)).toEqual(['evt_free']);

    await makeDue();

    await eventually(books, [{ status: 'delivered' }, { status: 'delivered', attempts: 2 }]);
  });

  it('leaves what it was sending when it was stopped to the next start', async () => {
    receiver.answer = () => null;
    await owe(...Array.from({ length: 40 }, (_, index) => stripe(`evt_${index}`)));
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

  it('shares the work with other processes', async () => {
    const neighbour = await startSandbox(database.url, receiver.environment);
    try {
      await owe(...Array.from({ length: 400 }, () => carrier(`msg_${v7()}`)));
      neighbour.wakeWebhooks();

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
