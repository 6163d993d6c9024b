import { connect } from 'node:net';
import { jest } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@hookshop/testing';
import { createTransport } from 'nodemailer';
import { type RunningSandbox, startSandbox } from '../testing/running-sandbox.js';

jest.setTimeout(30_000);

describe('the mail server', () => {
  let database: TestDatabase;
  let sandbox: RunningSandbox;

  beforeAll(async () => {
    database = await testDatabase();
    sandbox = await startSandbox(database.url);
  });
  beforeEach(async () => {
    await sandbox.call('DELETE', '/inbox');
    await sandbox.call('PUT', '/inbox/behaviour', {});
  });
  afterAll(async () => {
    await sandbox?.stop();
    await database?.drop();
  });

  const mail = (to: string | string[], more: object = {}) => ({
    from: 'shop@hookshop.example',
    to,
    subject: 'Your order',
    text: 'Thank you',
    ...more,
  });
  const stored = async (): Promise<number> => (await database.query(`SELECT FROM mails`)).length;

  it('has stored a mail when it says so', async () => {
    const info = await sandbox.mailer.sendMail(mail('ada@example.com', { messageId: '<order-1@hookshop>' }));

    expect(info.response).toMatch(/^250/);
    expect(await database.query(`SELECT message_id, recipient, subject, sender, raw FROM inbox`)).toEqual([
      {
        message_id: '<order-1@hookshop>',
        recipient: 'ada@example.com',
        subject: 'Your order',
        sender: 'shop@hookshop.example',
        raw: expect.any(Buffer),
      },
    ]);
  });

  it('stores every one of many mails that come in together', async () => {
    const pool = createTransport({ host: '127.0.0.1', port: sandbox.smtpPort, pool: true, maxConnections: 8 });

    await Promise.all(
      Array.from({ length: 80 }, (_, index) =>
        pool.sendMail(mail(`to-${index}@example.com`, { text: `mail ${index}`, messageId: `<m-${index}@hookshop>` })),
      ),
    );
    pool.close();

    const rows = await database.query<{ recipient: string; message_id: string; raw: Buffer }>(
      `SELECT recipient, message_id, raw FROM inbox`,
    );
    expect(rows).toHaveLength(80);
    for (const { recipient, message_id: messageId, raw } of rows) {
      const index = recipient.match(/\d+/)![0];
      expect(messageId).toBe(`<m-${index}@hookshop>`);
      expect(raw.toString()).toMatch(new RegExp(`\\r\\nmail ${index}\\r\\n$`));
    }
  });

  it('takes mail for anybody, byte by byte as it came', async () => {
    const raw = Buffer.from([0x53, 0x3a, 0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0xff, 0xfe, 0x0d, 0x0a]);

    await sandbox.mailer.sendMail({
      envelope: { from: '', to: ['weird+tag@müller.example', "o'brien@example.com"] },
      raw,
    });

    const nothing = { sender: '', message_id: null, subject: null, raw };
    expect(
      await database.query(`SELECT recipient, sender, message_id, subject, raw FROM inbox ORDER BY position`),
    ).toEqual([
      { recipient: 'weird+tag@müller.example', ...nothing },
      { recipient: "o'brien@example.com", ...nothing },
    ]);
  });

  it('refuses a mail larger than a mebibyte and goes on', async () => {
    const big = 'x'.repeat(70) + '\r\n';
    await expect(sandbox.mailer.sendMail(mail('ada@example.com', { text: big.repeat(15_000) }))).rejects.toMatchObject({
      responseCode: 552,
    });
    expect(await stored()).toBe(0);

    await sandbox.mailer.sendMail(mail('ada@example.com', { text: big.repeat(13_000) }));
    expect(await stored()).toBe(1);
  });

  it('refuses a mail whose size was not announced and turns out too large', async () => {
    const answer = await talk(sandbox.smtpPort, [
      'EHLO me',
      'MAIL FROM:<a@example.com>',
      'RCPT TO:<b@example.com>',
      'DATA',
      `Subject: big\r\n\r\n${('x'.repeat(70) + '\r\n').repeat(15_000)}.`,
    ]);

    expect(answer).toMatch(/^552/m);
    expect(await stored()).toBe(0);
  });

  it('refuses the hundred-and-first recipient', async () => {
    const everybody = Array.from({ length: 101 }, (_, index) => `to-${index}@example.com`);

    const info = await sandbox.mailer.sendMail(mail(everybody));

    expect(info.rejected).toEqual(['to-100@example.com']);
    expect(await database.query(`SELECT FROM mail_recipients`)).toHaveLength(100);
  });

  it.each([
    ['temporary', 451],
    ['permanent', 550],
  ])('refuses mails with a %s error as often as it is told', async (reject, responseCode) => {
    await sandbox.call('PUT', '/inbox/behaviour', { reject, times: 2 });

    for (let refused = 0; refused < 2; refused++) {
      await expect(sandbox.mailer.sendMail(mail('ada@example.com'))).rejects.toMatchObject({ responseCode });
    }
    await sandbox.mailer.sendMail(mail('ada@example.com'));

    expect(await stored()).toBe(1);
  });

  it.each([{ reject: 'maybe' }, { reject: 'temporary', times: 0 }, { drop: true }])(
    'cannot be told %j',
    async (wanted) => {
      expect(await sandbox.call('PUT', '/inbox/behaviour', wanted)).toMatchObject({ status: 400 });
    },
  );

  it('asks the sender to try again when it cannot store', async () => {
    const broken = await testDatabase();
    const forgetful = await startSandbox(broken.url);
    try {
      await broken.query('ALTER TABLE mails RENAME TO elsewhere');

      await expect(forgetful.mailer.sendMail(mail('ada@example.com'))).rejects.toMatchObject({ responseCode: 451 });
    } finally {
      await forgetful.stop();
      await broken.drop();
    }
  });

  it('forgets a mail whose sender leaves in the middle', async () => {
    await talk(sandbox.smtpPort, [
      'EHLO me',
      'MAIL FROM:<a@example.com>',
      'RCPT TO:<b@example.com>',
      'DATA',
      'Subject: h',
    ]);
    await sandbox.mailer.sendMail(mail('ada@example.com'));

    expect(await stored()).toBe(1);
  });

  it('says which port is taken', async () => {
    await expect(startSandbox(database.url, { SMTP_PORT: String(sandbox.smtpPort) })).rejects.toThrow(
      `SMTP_PORT ${sandbox.smtpPort} cannot be opened`,
    );
  });

  it('is part of readiness', async () => {
    expect(await sandbox.call('GET', '/readyz')).toMatchObject({
      status: 200,
      body: { checks: { smtp: { ok: true }, database: { ok: true } } },
    });
  });
});

/** Says each line once the one before is answered, then leaves; resolves to everything that was answered. */
function talk(port: number, lines: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const left = [...lines];
    let heard = '';
    const socket = connect(port, '127.0.0.1');
    socket.on('data', (chunk) => {
      heard += String(chunk);
      if (!/^\d{3} .*\r\n$/m.test(String(chunk))) return;
      const line = left.shift();
      if (line === undefined) socket.end();
      else if (left.length === 0 && !line.endsWith('.')) socket.end(line);
      else socket.write(`${line}\r\n`);
    });
    socket.on('close', () => resolve(heard));
    socket.on('error', reject);
  });
}
