import { jest } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@hookshop/testing';
import { type RunningSandbox, startSandbox } from '../testing/running-sandbox.js';

jest.setTimeout(30_000);

describe('the inbox', () => {
  let database: TestDatabase;
  let sandbox: RunningSandbox;

  beforeAll(async () => {
    database = await testDatabase();
    sandbox = await startSandbox(database.url);
  });
  beforeEach(() => sandbox.call('DELETE', '/inbox'));
  afterAll(async () => {
    await sandbox?.stop();
    await database?.drop();
  });

  const send = (to: string | string[], subject: string, more: object = {}) =>
    sandbox.mailer.sendMail({ from: 'shop@hookshop.example', to, subject, text: subject, ...more });

  it('shows a mail with both its texts', async () => {
    await send('Ada@example.com', 'Grüße — your order', {
      text: 'Danke schön',
      html: '<p>Danke schön</p>',
      messageId: '<order-1@hookshop>',
    });

    const { status, body } = await sandbox.call('GET', '/inbox?to=ada@example.COM');

    expect(status).toBe(200);
    expect(body).toEqual({
      data: [
        {
          to: 'Ada@example.com',
          subject: 'Grüße — your order',
          text: 'Danke schön\n',
          html: '<p>Danke schön</p>\n',
          messageId: '<order-1@hookshop>',
          receivedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        },
      ],
      nextCursor: null,
    });
  });

  it('shows a mail to several people to each of them', async () => {
    await send(['a@example.com', 'b@example.com'], 'Both');

    expect((await sandbox.call('GET', '/inbox?to=a@example.com')).body.data).toMatchObject([{ to: 'a@example.com' }]);
    expect((await sandbox.call('GET', '/inbox?to=b@example.com')).body.data).toMatchObject([{ to: 'b@example.com' }]);
    expect((await sandbox.call('GET', '/inbox')).body.data).toHaveLength(2);
    expect((await sandbox.call('GET', '/inbox?to=c@example.com')).body.data).toEqual([]);
  });

  it.each(['', '&to=reader@example.com'])('is read page by page, newest first (%s)', async (to) => {
    for (const subject of ['1', '2', '3']) await send('reader@example.com', subject);

    const first = await sandbox.call('GET', `/inbox?limit=2${to}`);
    const second = await sandbox.call('GET', `/inbox?limit=2${to}&cursor=${first.body.nextCursor}`);

    expect(first.body.data.map(({ subject }: { subject: string }) => subject)).toEqual(['3', '2']);
    expect(second.body).toMatchObject({ data: [{ subject: '1' }], nextCursor: null });
  });

  it('splits a mail to several people between pages without losing one', async () => {
    await send(['a@example.com', 'b@example.com', 'c@example.com'], 'All');

    const first = await sandbox.call('GET', '/inbox?limit=2');
    const second = await sandbox.call('GET', `/inbox?limit=2&cursor=${first.body.nextCursor}`);

    const seen = [...first.body.data, ...second.body.data].map(({ to }) => to);
    expect(seen.sort()).toEqual(['a@example.com', 'b@example.com', 'c@example.com']);
  });

  it.each(['limit=0', 'limit=101', 'cursor=x', 'cursor=1.2', 'from=a', 'to=%00'])('refuses ?%s', async (query) => {
    expect(await sandbox.call('GET', `/inbox?${query}`)).toMatchObject({ status: 400 });
  });

  it('shows a mail that nobody can parse without its content', async () => {
    const part = (depth: number): string =>
      depth === 0
        ? 'deep'
        : `Content-Type: multipart/mixed; boundary=b${depth}\r\n\r\n--b${depth}\r\n${part(depth - 1)}\r\n--b${depth}--\r\n`;
    await sandbox.mailer.sendMail({
      envelope: { from: 'a@example.com', to: ['reader@example.com'] },
      raw: `Subject: Nested\r\nMessage-ID: <n@x>\r\n${part(400)}`,
    });

    expect((await sandbox.call('GET', '/inbox')).body.data).toMatchObject([
      { subject: 'Nested', messageId: '<n@x>', text: null, html: null },
    ]);
  });

  it('is still there after a restart, until it is emptied', async () => {
    await send('reader@example.com', 'Kept');
    await sandbox.stop();
    sandbox = await startSandbox(database.url);
    expect((await sandbox.call('GET', '/inbox')).body.data).toMatchObject([{ subject: 'Kept' }]);

    expect(await sandbox.call('DELETE', '/inbox')).toEqual({ status: 204, body: undefined });
    expect((await sandbox.call('GET', '/inbox')).body.data).toEqual([]);
  });
});
