import { jest } from '@jest/globals';
import { eventually, testDatabase, type TestDatabase } from '@hookshop/testing';
import { ofCarrier } from '../testing/owed-webhooks.js';
import { type RunningSandbox, startSandbox } from '../testing/running-sandbox.js';
import { WebhookReceiver } from '../testing/webhook-receiver.js';
import { type OwedWebhook, oweWebhooks } from './owe-webhooks.js';

jest.setTimeout(30_000);

describe('webhooks that follow others', () => {
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
  const books = async (): Promise<{ status: string }[]> => (await sandbox.call('GET', '/webhooks')).body.data;
  const received = () => receiver.received.map(({ headers }) => headers['webhook-id']);

  it('sends a second copy once the first was answered, whatever the answer', async () => {
    const first = Promise.withResolvers<number>();
    receiver.answer = ({ headers }) => (headers['webhook-id'] === 'msg_1' ? first.promise : 200);
    await owe(ofCarrier('msg_1', { copies: 2 }), ofCarrier('msg_2'));

    await eventually(() => received().length === 2);
    expect(received().sort()).toEqual(['msg_1', 'msg_2']);
    first.resolve(500);

    await eventually(
      () => database.query(`SELECT FROM webhooks WHERE event_id = 'msg_1' AND answered_at IS NOT NULL`),
      (rows) => rows.length === 2,
      { timeoutMs: 5_000 },
    );
  });

  it('sends what is to follow another once that was answered', async () => {
    const answer = Promise.withResolvers<number>();
    receiver.answer = ({ headers }) => (headers['webhook-id'] === 'msg_first' ? answer.promise : 200);
    await owe(ofCarrier('msg_then', { afterEventId: 'msg_first' }), ofCarrier('msg_first'), ofCarrier('msg_other'));

    await eventually(books, (rows) => rows.filter(({ status }) => status === 'delivered').length === 1);
    await eventually(() => received().length === 2);
    answer.resolve(200);

    await eventually(books, (rows) => rows.every(({ status }) => status === 'delivered'));
    expect(received()[2]).toBe('msg_then');
    await owe(ofCarrier('msg_late', { afterEventId: 'msg_first' }));
    await eventually(books, (rows) => rows.length === 4 && rows[0]!.status === 'delivered');
  });

  it('sends a chain without a pause, one after the other', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `msg_${index}`);
    await owe(...ids.map((id, index) => ofCarrier(id, { afterEventId: ids[index - 1] })));

    // Looking once a second would take longer.
    await eventually(() => received().length === 12, true, { timeoutMs: 8_000 });

    expect(received()).toEqual(ids);
  });

  it('waits ten seconds for what is never answered', async () => {
    receiver.answer = ({ headers }) => (headers['webhook-id'] === 'msg_first' ? null : 200);
    await owe(ofCarrier('msg_first'), ofCarrier('msg_then', { afterEventId: 'msg_first' }));
    await eventually(() => received().length === 1);
    const [waiting] = await database.query<{ seconds: number }>(
      `SELECT extract(epoch FROM due_at - created_at)::float8 AS seconds FROM webhooks WHERE event_id = 'msg_then'`,
    );
    expect(waiting).toEqual({ seconds: 10 });

    await database.query(`UPDATE webhooks SET due_at = now() WHERE event_id = 'msg_then'`);
    sandbox.webhooks.wake();

    await eventually(() => received()[1] === 'msg_then');
  });
});
