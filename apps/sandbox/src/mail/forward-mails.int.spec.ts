import { jest } from '@jest/globals';
import { eventually, testDatabase, type TestDatabase } from '@hookshop/testing';
import { type RunningSandbox, startSandbox } from '../testing/running-sandbox.js';

jest.setTimeout(30_000);

describe('forwarding mail', () => {
  let here: TestDatabase;
  let there: TestDatabase;
  let target: RunningSandbox;
  let sandbox: RunningSandbox | undefined;

  beforeAll(async () => {
    [here, there] = await Promise.all([testDatabase(), testDatabase()]);
    target = await startSandbox(there.url);
  });
  beforeEach(() => target.call('PUT', '/inbox/behaviour', {}));
  afterEach(async () => {
    await sandbox?.stop();
    sandbox = undefined;
    await here.query('TRUNCATE mails, mail_recipients');
    await there.query('TRUNCATE mails, mail_recipients');
  });
  afterAll(async () => {
    await target?.stop();
    await here?.drop();
    await there?.drop();
  });

  const start = async (port: number = target.smtpPort) =>
    (sandbox = await startSandbox(here.url, { SMTP_FORWARD_URL: `smtp://127.0.0.1:${port}` }));
  const send = (from: RunningSandbox, subject: string) =>
    from.mailer.sendMail({
      from: 'shop@hookshop.example',
      to: ['a@example.com', 'b@example.com'],
      subject,
      text: 'Hello',
      messageId: `<${subject}@hookshop>`,
    });
  const arrived = async () => (await target.call('GET', '/inbox?to=b@example.com')).body.data;
  const books = () =>
    here.query<{ forwarded: boolean; due: boolean; error: string | null; attempts: number }>(
      `SELECT forwarded_at IS NOT NULL AS forwarded, forward_due_at IS NOT NULL AS due, forward_error AS error,
              forward_attempts AS attempts
       FROM mails`,
    );

  it('sends every mail on as it came, once', async () => {
    await send(await start(), 'on');

    expect(await eventually(arrived, [{ subject: 'on' }])).toMatchObject([{ messageId: '<on@hookshop>' }]);
    await eventually(books, [{ forwarded: true, due: false, error: null, attempts: 1 }]);
    const raws = [...(await here.query(`SELECT raw FROM mails`)), ...(await there.query(`SELECT raw FROM mails`))];
    expect(raws).toHaveLength(2);
    expect(raws[0]).toEqual(raws[1]);
  });

  it('takes mail while the target is dead, and sends it on from the next start', async () => {
    const dead = await start(1);
    await send(dead, 'kept');
    await eventually(books, (rows) => rows[0]!.due && rows[0]!.error?.includes('ECONNREFUSED') === true);
    expect((await dead.call('GET', '/inbox?to=a@example.com')).body.data).toMatchObject([{ subject: 'kept' }]);
    await dead.stop();

    await here.query(`UPDATE mails SET forward_due_at = now()`);
    await start();

    await eventually(arrived, [{ subject: 'kept' }]);
    await eventually(books, [{ forwarded: true, due: false, error: null }]);
  });

  it('tries again what was refused for now', async () => {
    await target.call('PUT', '/inbox/behaviour', { reject: 'temporary', times: 1 });
    await send(await start(), 'again');

    await eventually(arrived, [{ subject: 'again' }]);
    await eventually(books, [{ forwarded: true, attempts: 2 }]);
  });

  it('leaves a mail alone that is refused for good again and again', async () => {
    await target.call('PUT', '/inbox/behaviour', { reject: 'permanent' });
    const running = await start();
    await send(running, 'unwanted');
    await eventually(books, (rows) => rows[0]!.attempts >= 1 && rows[0]!.error !== null);

    await here.query(`UPDATE mails SET forward_attempts = 4, forward_due_at = now()`);
    await send(running, 'wakes');

    await eventually(books, (rows) =>
      rows.some(({ due, error, attempts }) => !due && error !== null && attempts === 5),
    );
  });

  it('leaves mails alone that came in while nothing was to be forwarded', async () => {
    sandbox = await startSandbox(here.url);
    await send(sandbox, 'before');
    await sandbox.stop();

    await send(await start(), 'after');

    await eventually(arrived, (mails) => mails.length > 0);
    await eventually(books, (rows) => rows.filter(({ forwarded }) => forwarded).length === 1);
    expect(await arrived()).toMatchObject([{ subject: 'after' }]);
  });
});
