import { jest } from '@jest/globals';
import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import type { EmailConfig } from '../email.config.js';
import { Inbox } from '../testing/inbox.js';
import { cancelled, confirmed, shipped } from '../testing/order-facts.js';
import { RunningEmail } from '../testing/running-email.js';

jest.setTimeout(60_000);

interface Row {
  id: string;
  kind: string;
  status: string;
  attempts: number;
  error: string | null;
  leased: boolean;
}

describe('sending mails', () => {
  let database: TestDatabase;
  let broker: TestBroker;
  let inbox: Inbox;
  let running: RunningEmail[];

  beforeAll(async () => {
    [database, broker] = await Promise.all([testDatabase(), testBroker()]);
  });
  beforeEach(async () => {
    inbox = new Inbox();
    running = [];
    await inbox.start();
  });
  afterEach(async () => {
    await Promise.all(running.map((email) => email.stop()));
    await inbox.stop();
    await database.query('DROP TRIGGER IF EXISTS refuse ON emails');
    await database.query('TRUNCATE emails, outbox, inbox');
  });
  afterAll(async () => {
    await broker?.stop();
    await database?.drop();
  });

  async function start(more: Partial<EmailConfig> = {}): Promise<RunningEmail> {
    const email = await RunningEmail.start({
      databaseUrl: database.url,
      natsUrl: broker.url,
      smtpUrl: `smtp://127.0.0.1:${inbox.port}`,
      mailRetrySeconds: ['0.05', '0.05'],
      ...more,
    });
    running.push(email);
    return email;
  }
  const rows = (): Promise<Row[]> =>
    database.query<Row>(
      `SELECT id, kind, status, attempts, error, leased_until > now() IS TRUE AS leased FROM emails ORDER BY created_at, kind`,
    );
  const statedAbout = async (email: RunningEmail, orderId: string) =>
    (await email.stated()).filter(({ data }) => data.orderId === orderId);

  it('sends one mail and states that it was sent', async () => {
    const email = await start();
    const orderId = uuidv7();
    const fact = confirmed(orderId);
    await email.handle(fact);

    const [row] = await eventually(rows, [{ status: 'sent', attempts: 1, error: null }]);
    expect(inbox.mails).toMatchObject([
      { to: [`ada+${orderId}@example.com`], messageId: `<order-confirmed.${orderId}@hookshop.example>` },
    ]);
    const [stated] = await eventually(() => statedAbout(email, orderId), [{ type: 'email.sent.v1' }]);
    expect(stated).toMatchObject({
      subject: row!.id,
      sequence: 2,
      correlationId: orderId,
      causationId: fact.id,
      data: { emailId: row!.id, orderId, kind: 'order-confirmed', messageId: inbox.messageIds[0] },
    });
    expect(stated!.traceparent).toContain('4bf92f3577b34da6a3ce929d0e0e4736');
  });

  it('sends one mail per order and kind, however often and wherever its fact arrives', async () => {
    const [one, other] = await Promise.all([start(), start()]);
    const orderId = uuidv7();
    const facts = [confirmed(orderId), shipped(orderId)];

    for (let delivery = 0; delivery < 3; delivery++) {
      await Promise.all(facts.flatMap((fact) => [one.handle(fact), other.handle(fact)]));
    }

    await eventually(rows, [{ status: 'sent' }, { status: 'sent' }]);
    expect(inbox.messageIds.sort()).toEqual([
      `<order-confirmed.${orderId}@hookshop.example>`,
      `<order-shipped.${orderId}@hookshop.example>`,
    ]);
  });

  it('records a large batch with one statement and sends all of it', async () => {
    const email = await start();
    const orderIds = Array.from({ length: 200 }, () => uuidv7());

    await email.handle(...orderIds.map((orderId) => confirmed(orderId)));

    await eventually(rows, (all) => all.length === 200 && all.every(({ status }) => status === 'sent'), {
      timeoutMs: 40_000,
    });
    expect(new Set(inbox.messageIds)).toEqual(
      new Set(orderIds.map((orderId) => `<order-confirmed.${orderId}@hookshop.example>`)),
    );
    expect(inbox.mails).toHaveLength(200);
  });

  describe('after a crash between the 250 and the commit', () => {
    it('another process sends a copy that is the same to the last byte', async () => {
      const crashed = await start();
      await crashed.handle(confirmed(uuidv7()));
      await eventually(rows, [{ status: 'sent' }]);
      await crashed.stop();
      running = [];
      // A header tells the date to the second.
      const second = (): number => Math.floor(Date.now() / 1000);
      const then = second();
      await eventually(() => second() > then);
      await database.query(
        `UPDATE emails SET status = 'pending', attempts = 0, version = 1, sent_at = NULL, leased_until = now() - interval '1 second',
                           next_attempt_at = now() - interval '1 minute'`,
      );

      await start();

      await eventually(rows, [{ status: 'sent', attempts: 1 }]);
      expect(inbox.mails).toHaveLength(2);
      expect(inbox.mails[1]!.raw).toEqual(inbox.mails[0]!.raw);
    });

    it('a process that is still alive remembers and sends no copy', async () => {
      const email = await start();
      // A sequence is not rolled back: it tells that committing was tried.
      await database.query(`
        CREATE SEQUENCE refusals;
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF NEW.status = 'sent' AND nextval('refusals') > 0 THEN RAISE 'no'; END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER refuse BEFORE UPDATE ON emails FOR EACH ROW EXECUTE FUNCTION refuse()`);
      await email.handle(confirmed(uuidv7()));
      await eventually(
        () => database.query('SELECT FROM refusals WHERE is_called'),
        (rows) => rows.length === 1,
      );
      expect(await rows()).toMatchObject([{ status: 'pending', leased: true }]);
      expect(inbox.mails).toHaveLength(1);

      await database.query('DROP TRIGGER refuse ON emails');
      await database.query(`UPDATE emails SET leased_until = now() - interval '1 second'`);

      await eventually(rows, [{ status: 'sent' }]);
      expect(inbox.mails).toHaveLength(1);
    });
  });

  it('leaves a mail alone that another process has taken meanwhile', async () => {
    const email = await start();
    const orderId = uuidv7();
    inbox.onMessage = async () => {
      await database.query(`UPDATE emails SET version = version + 1, leased_until = now() + interval '1 hour'`);
      return undefined;
    };
    await email.handle(confirmed(orderId));
    await eventually(() => inbox.mails.length === 1);
    await email.stop();
    running = [];

    expect(await rows()).toMatchObject([{ status: 'pending', attempts: 0, leased: true }]);
    expect(await (await start()).stated()).not.toContainEqual(expect.objectContaining({ correlationId: orderId }));
  });

  it('tries again what was deferred, and states only the success', async () => {
    let deferrals = 2;
    inbox.onRecipient = () => (deferrals-- > 0 ? { responseCode: 451, message: 'Greylisted' } : undefined);
    const email = await start();
    const orderId = uuidv7();

    await email.handle(confirmed(orderId));

    await eventually(rows, [{ status: 'sent', attempts: 3, error: null }]);
    expect(inbox.mails).toHaveLength(1);
    await eventually(() => statedAbout(email, orderId), [{ type: 'email.sent.v1' }]);
  });

  it('gives up after the last attempt and says so', async () => {
    inbox.onMessage = () => ({ responseCode: 452, message: 'Mailbox full' });
    const email = await start();
    const orderId = uuidv7();

    await email.handle(confirmed(orderId));

    await eventually(rows, [{ status: 'failed', attempts: 3 }]);
    const [stated] = await eventually(() => statedAbout(email, orderId), [{ type: 'email.failed.v1' }]);
    expect(stated!.data.reason).toContain('452 Mailbox full');
  });

  it('gives up at once what is refused for good, holds nothing up and repeats no address', async () => {
    inbox.onRecipient = (address) =>
      address.includes(unknown) ? { responseCode: 550, message: `5.1.1 <${address}> unknown user` } : undefined;
    const [unknown, known] = [uuidv7(), uuidv7()];
    const email = await start();

    await email.handle(confirmed(unknown), confirmed(known));

    await eventually(rows, (all) => all.length === 2 && all.every(({ status }) => status !== 'pending'));
    expect((await rows()).map(({ status, attempts }) => `${status} ${attempts}`).sort()).toEqual([
      'failed 1',
      'sent 1',
    ]);
    const [stated] = await eventually(() => statedAbout(email, unknown), [{ type: 'email.failed.v1' }]);
    expect(stated!.data.reason).toContain('550 5.1.1 <[address]> unknown user');
    expect(JSON.stringify([await rows(), stated])).not.toContain('example.com>');
  });

  it('counts an attempt when the server falls silent after the message', async () => {
    let silent = true;
    inbox.onMessage = () => (silent ? new Promise<undefined>(() => undefined) : undefined);
    const email = await start({ smtpTimeoutSeconds: 1 });

    await email.handle(confirmed(uuidv7()));
    await eventually(rows, [{ attempts: 1 }]);
    silent = false;

    await eventually(rows, [{ status: 'sent', attempts: 2 }]);
  });

  describe('for an order that was cancelled', () => {
    it('sends no confirmation that arrives after the newer cancellation', async () => {
      const email = await start();
      const orderId = uuidv7();
      await email.handle(cancelled(orderId, 4));
      await email.handle(confirmed(orderId, 3));

      await eventually(rows, [
        { kind: 'order-cancelled', status: 'sent' },
        { kind: 'order-confirmed', status: 'suppressed', leased: false },
      ]);
      expect(inbox.messageIds).toEqual([`<order-cancelled.${orderId}@hookshop.example>`]);
    });

    it('suppresses a confirmation that nobody has taken to send yet', async () => {
      const email = await start({ mailRetrySeconds: ['3600'] });
      const orderId = uuidv7();
      inbox.onRecipient = () => ({ responseCode: 451, message: 'Later' });
      await email.handle(confirmed(orderId, 3));
      await eventually(rows, [{ status: 'pending', attempts: 1 }]);
      inbox.onRecipient = () => undefined;

      await email.handle(cancelled(orderId, 4));
      await database.query(`UPDATE emails SET next_attempt_at = now() WHERE kind = 'order-confirmed'`);

      await eventually(rows, [
        { kind: 'order-confirmed', status: 'suppressed' },
        { kind: 'order-cancelled', status: 'sent' },
      ]);
      expect(inbox.messageIds).toEqual([`<order-cancelled.${orderId}@hookshop.example>`]);
    });

    it('still sends a confirmation that is newer than the cancellation it knows', async () => {
      const email = await start();
      const orderId = uuidv7();
      await email.handle(cancelled(orderId, 2));
      await email.handle(confirmed(orderId, 3));

      await eventually(rows, [{ status: 'sent' }, { status: 'sent' }]);
    });
  });
});
