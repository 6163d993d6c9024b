import { jest } from '@jest/globals';
import { eventually, testDatabase, type TestDatabase } from '@hookshop/testing';
import { type RunningSandbox, startSandbox } from '../testing/running-sandbox.js';
import { oweWebhooks } from './owe-webhooks.js';

jest.setTimeout(30_000);

describe('the book of webhooks', () => {
  let database: TestDatabase;
  let sandbox: RunningSandbox;

  beforeAll(async () => {
    database = await testDatabase();
    sandbox = await startSandbox(database.url);
  });
  beforeEach(() => sandbox.call('DELETE', '/webhooks'));
  afterAll(async () => {
    await sandbox?.stop();
    await database?.drop();
  });

  const owe = async (...eventIds: string[]) => {
    for (const eventId of eventIds) {
      const sender = eventId.startsWith('evt') ? 'stripe' : 'carrier';
      await oweWebhooks(database, [{ sender, eventId, body: JSON.stringify({ type: `type of ${eventId}` }) }]);
    }
  };
  const show = async (query = '') => (await sandbox.call('GET', `/webhooks${query}`)).body;
  const ids = ({ data }: { data: { eventId: string }[] }) => data.map(({ eventId }) => eventId);

  it('shows what is owed', async () => {
    await owe('evt_1');

    expect(await show()).toEqual({
      data: [
        {
          id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          sender: 'stripe',
          eventId: 'evt_1',
          type: 'type of evt_1',
          attempts: 0,
          status: 'due',
          lastError: null,
          createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
          deliveredAt: null,
        },
      ],
      nextCursor: null,
    });
  });

  it('is read page by page, newest first, by sender and by event', async () => {
    await owe('evt_1', 'msg_1', 'evt_2', 'msg_2', 'evt_3');

    const first = await show('?sender=stripe&limit=2');
    const second = await show(`?sender=stripe&limit=2&cursor=${first.nextCursor}`);

    expect([ids(first), ids(second), second.nextCursor]).toEqual([['evt_3', 'evt_2'], ['evt_1'], null]);
    expect(ids(await show('?eventId=msg_1'))).toEqual(['msg_1']);
    expect(ids(await show('?eventId=msg_1&sender=stripe'))).toEqual([]);
    expect(ids(await show())).toEqual(['evt_3', 'msg_2', 'evt_2', 'msg_1', 'evt_1']);
  });

  it('refuses a page that cannot be', async () => {
    for (const query of ['limit=0', 'cursor=1', 'sender=shop', 'eventId=%00', 'colour=red']) {
      expect(await sandbox.call('GET', `/webhooks?${query}`)).toMatchObject({ status: 400 });
    }
  });

  it('is emptied', async () => {
    await owe('evt_1', 'msg_1');

    expect(await sandbox.call('DELETE', '/webhooks')).toEqual({ status: 204, body: undefined });

    expect(await show()).toEqual({ data: [], nextCursor: null });
  });

  it('forgets after a day what was delivered, and only that', async () => {
    await owe('evt_old', 'evt_young', 'evt_due', 'evt_given_up');
    await database.query(
      `UPDATE webhooks SET
         created_at = now() - interval '9 days',
         delivered_at = CASE event_id
           WHEN 'evt_old' THEN now() - interval '1 day 1 second' WHEN 'evt_young' THEN now() - interval '23 hours' END,
         due_at = CASE event_id WHEN 'evt_due' THEN now() END`,
    );

    await sandbox.stop();
    sandbox = await startSandbox(database.url);

    const left = await eventually(show, ({ data }) => data.length < 4);
    expect(left.data.map(({ eventId, status }: Record<string, string>) => [eventId, status])).toEqual([
      ['evt_given_up', 'given-up'],
      ['evt_due', 'due'],
      ['evt_young', 'delivered'],
    ]);
  });
});
