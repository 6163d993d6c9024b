import { jest } from '@jest/globals';
import { Logger } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { EmailConfig } from '../email.config.js';
import { Inbox } from '../testing/inbox.js';
import { confirmed } from '../testing/order-facts.js';
import { RunningEmail } from '../testing/running-email.js';
import { EmailRetention } from './email-retention.js';

// Boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

describe('the retention of mails', () => {
  let database: TestDatabase;
  let broker: TestBroker;
  let inbox: Inbox;
  let email: RunningEmail;
  let retention: EmailRetention;

  beforeAll(async () => {
    inbox = new Inbox();
    [database, broker] = await Promise.all([testDatabase(), testBroker(), inbox.start()]);
    email = await RunningEmail.start({
      databaseUrl: database.url,
      natsUrl: broker.url,
      smtpUrl: `smtp://127.0.0.1:${inbox.port}`,
      mailRetentionDays: 30,
    });
    // A round of the service's own could fall between the steps in which a spec makes a mail old.
    await email.app.get(EmailRetention).stop();
    const { app } = email;
    retention = new EmailRetention(app.get(Database), app.get(EmailConfig), app.get(Logger));
  });
  afterAll(async () => {
    await email?.stop();
    await inbox?.stop();
    await broker?.stop();
    await database?.drop();
  });

  const forget = (): Promise<void> => retention.forget();
  const rowOf = async (orderId: string) =>
    (
      await database.query<{ recipient: string; content: object; message_id: string; status: string }>(
        'SELECT recipient, content, message_id, status FROM emails WHERE order_id = $1',
        [orderId],
      )
    )[0]!;
  async function sent(daysAgo: number): Promise<string> {
    const orderId = uuidv7();
    await email.handle(confirmed(orderId));
    await eventually(
      () => rowOf(orderId),
      ({ status }) => status === 'sent',
    );
    await age(orderId, daysAgo);
    return orderId;
  }
  const age = (orderId: string, days: number): Promise<unknown> =>
    database.query(`UPDATE emails SET created_at = now() - $2 * interval '1 day' WHERE order_id = $1`, [orderId, days]);

  it('forgets to whom an old mail went and what it told, and leaves the younger ones', async () => {
    const [old, young] = [await sent(31), await sent(29)];
    await forget();

    expect(await rowOf(old)).toEqual({
      recipient: '',
      content: {},
      message_id: `<order-confirmed.${old}@hookshop.example>`,
      status: 'sent',
    });
    expect(await rowOf(young)).toMatchObject({
      recipient: `ada+${young}@example.com`,
      content: { customerName: expect.any(String) },
    });
  });

  it('sends no second mail of an order whose first one is forgotten', async () => {
    const orderId = await sent(31);
    await forget();
    const before = inbox.mails.length;
    await email.handle(confirmed(orderId));
    await sent(0);

    expect(inbox.mails).toHaveLength(before + 1);
    expect(inbox.messageIds.filter((id) => id.includes(orderId))).toHaveLength(1);
  });

  it('keeps all of what is not sent yet, however old', async () => {
    const orderId = await sent(31);
    await database.query(
      `UPDATE emails SET status = 'pending', next_attempt_at = now() + interval '1 hour' WHERE order_id = $1`,
      [orderId],
    );
    await forget();

    expect(await rowOf(orderId)).toMatchObject({ recipient: `ada+${orderId}@example.com`, status: 'pending' });
  });

  it('forgets what was given up or overtaken as well, and more than one batch', async () => {
    await database.query(
      `INSERT INTO emails (id, order_id, kind, recipient, content, message_id, sequence, status, cause, created_at)
       SELECT gen_random_uuid(), gen_random_uuid(), 'order-confirmed', 'ada@example.com', '{}', 'old', 1,
         CASE number % 2 WHEN 0 THEN 'failed' ELSE 'suppressed' END, '{}', now() - interval '31 days'
       FROM generate_series(1, 2500) AS number`,
    );
    await forget();

    expect(await database.query(`SELECT FROM emails WHERE message_id = 'old' AND recipient <> ''`)).toEqual([]);
  });
});
