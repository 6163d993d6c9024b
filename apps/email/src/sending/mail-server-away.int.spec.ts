import { jest } from '@jest/globals';
import { Logger } from '@hookshop/observability';
import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { MailServer } from '../smtp/mail-server.js';
import { Inbox } from '../testing/inbox.js';
import { cancelled, confirmed } from '../testing/order-facts.js';
import { RunningEmail } from '../testing/running-email.js';
import { SendEmails } from './send-emails.js';

jest.setTimeout(60_000);

describe('while the mail server is away', () => {
  let database: TestDatabase;
  let broker: TestBroker;
  let inbox: Inbox;
  let email: RunningEmail;

  beforeAll(async () => {
    [database, broker] = await Promise.all([testDatabase(), testBroker()]);
  });
  beforeEach(async () => {
    inbox = new Inbox();
    await inbox.start();
    email = await RunningEmail.start({
      databaseUrl: database.url,
      natsUrl: broker.url,
      smtpUrl: `smtp://127.0.0.1:${inbox.port}`,
      mailRetrySeconds: ['0.05', '0.1', '0.2', '0.5', '1', '1', '1', '1'],
    });
  });
  afterEach(async () => {
    await email.stop();
    await inbox.stop();
    await database.query('TRUNCATE emails, outbox, inbox');
  });
  afterAll(async () => {
    await broker?.stop();
    await database?.drop();
  });

  const orderIds = (count: number): string[] => Array.from({ length: count }, () => uuidv7());
  const inState = async (status: string): Promise<number> => {
    const [row] = await database.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM emails WHERE status = $1',
      [status],
    );
    return row!.count;
  };
  const away = () => email.app.get(MailServer).isAway;

  it('mails wait, lose no attempt, and are sent when it is back', async () => {
    await inbox.stop();
    const orders = orderIds(50);
    await email.handle(...orders.slice(0, 25).map((orderId) => confirmed(orderId)));
    await eventually(away);
    await email.handle(...orders.slice(25).map((orderId) => confirmed(orderId)));
    await eventually(
      () => database.query<{ waiting: boolean }>('SELECT leased_until IS NULL AND attempts = 0 AS waiting FROM emails'),
      (mails) => mails.length === 50 && mails.every(({ waiting }) => waiting),
    );
    const sending = email.app.get(SendEmails);
    expect(await sending['claim'](50, 30)).toEqual([]);
    const wake = jest.spyOn(sending, 'wake');

    await inbox.start();

    await eventually(
      () => inState('sent'),
      (sent) => sent === 50,
    );
    expect(await database.query('SELECT id FROM emails WHERE attempts <> 1')).toEqual([]);
    expect(new Set(inbox.messageIds).size).toBe(50);
    expect(inbox.mails).toHaveLength(50);
    expect(wake).toHaveBeenCalled();
  });

  it('says so in its health and stays ready', async () => {
    expect(await email.health()).toMatchObject({ checks: { smtp: { ok: true } } });
    await inbox.stop();
    await email.handle(confirmed(uuidv7()));
    await eventually(away);

    const report = await eventually(() => email.health(), { checks: { smtp: { ok: false } } });

    expect(report.checks.smtp!.detail).toBe('it cannot be reached; mails wait');
    expect(report.ok).toBe(true);
  });

  it('is asked again after pauses that grow', async () => {
    await inbox.stop();
    const asked: number[] = [];
    await email.handle(confirmed(uuidv7()));
    await eventually(away);
    // Every refused greeting is one question.
    const refusing = new Inbox();
    refusing.port = inbox.port;
    refusing.onConnection = () => {
      asked.push(performance.now());
      return { responseCode: 421, message: 'Closed for today' };
    };
    await refusing.start();

    await eventually(() => asked.length >= 4, undefined, { timeoutMs: 30_000 });
    await refusing.stop();

    const pauses = asked.slice(1).map((at, index) => at - asked[index]!);
    // Each is twice the one before; machines under load stretch them.
    expect(pauses[2]!).toBeGreaterThan(2 * pauses[0]!);
    expect(await inState('pending')).toBe(1);
  });

  it('a cancellation overtakes the confirmation that waits', async () => {
    await inbox.stop();
    const orderId = uuidv7();
    await email.handle(confirmed(uuidv7()));
    await eventually(away);
    await email.handle(confirmed(orderId, 3));
    await email.handle(cancelled(orderId, 4));

    await inbox.start();

    await eventually(
      () => inState('sent'),
      (sent) => sent === 2,
    );
    expect(await inState('suppressed')).toBe(1);
    expect(inbox.messageIds).toContain(`<order-cancelled.${orderId}@hookshop.example>`);
    expect(inbox.messageIds).not.toContain(`<order-confirmed.${orderId}@hookshop.example>`);
  });

  it('or dies in the middle of many mails, none is lost', async () => {
    const orders = orderIds(300);
    const all = email.handle(...orders.map((orderId) => confirmed(orderId)));
    await eventually(() => inbox.mails.length > 40);
    await inbox.stop();
    await all;
    expect(await inState('sent')).toBeLessThan(300);

    await inbox.start();

    await eventually(
      () => inState('sent'),
      (sent) => sent === 300,
      { timeoutMs: 40_000 },
    );
    expect(new Set(inbox.messageIds).size).toBe(300);
    // Only what was under way on the connections that were cut may have come twice.
    expect(inbox.mails.length).toBeLessThanOrEqual(305);
  });

  it('never tells the log a recipient', async () => {
    const log = email.app.get(Logger);
    const lines: unknown[][] = [];
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level] = (...call) => void lines.push(call);
    inbox.onRecipient = (address) => ({ responseCode: 550, message: `<${address}> unknown` });
    await email.handle(confirmed(uuidv7()));
    await eventually(
      () => inState('failed'),
      (failed) => failed === 1,
    );
    await inbox.stop();
    await email.handle(confirmed(uuidv7()));
    await eventually(away);

    await eventually(() => lines.length >= 2);
    expect(JSON.stringify(lines)).not.toContain('example.com');
  });
});
