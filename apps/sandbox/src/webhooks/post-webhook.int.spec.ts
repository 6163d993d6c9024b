import { jest } from '@jest/globals';
import { Pool } from 'undici';
import { WebhookReceiver } from '../testing/webhook-receiver.js';
import { postWebhook } from './post-webhook.js';

jest.setTimeout(30_000);

describe('one attempt at a webhook', () => {
  let receiver: WebhookReceiver;
  let pool: Pool;

  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
    pool = new Pool(new URL(receiver.environment['STRIPE_WEBHOOK_URL']!).origin, { connections: 1 });
  });
  afterEach(async () => {
    await pool.destroy();
    await receiver.stop();
  });

  const post = (deadlineMs = 5_000) => postWebhook(pool, '/hooks/stripe', { 'x-is': 'kept' }, '{"n":1}', deadlineMs);

  it.each([200, 202, 204])('is delivered with %i', async (status) => {
    receiver.answer = () => status;

    expect(await post()).toEqual({ answered: true, error: null });
    expect(receiver.received).toMatchObject([{ path: '/hooks/stripe', headers: { 'x-is': 'kept' }, body: '{"n":1}' }]);
  });

  it.each([302, 308, 400, 401, 410, 429, 500, 503])('has failed with %i, and follows nothing', async (status) => {
    receiver.answer = () => status;

    expect(await post()).toEqual({ answered: true, error: `The shop answered ${status}` });
    expect(receiver.received).toHaveLength(1);
  });

  it('waits for an answer no longer than its deadline', async () => {
    receiver.answer = () => null;

    expect(await post(100)).toEqual({ answered: false, error: 'The shop did not answer within 0.1 s' });
  });

  it('names the fault, and no address, where nobody listens', async () => {
    await receiver.stop();

    expect(await post()).toEqual({ answered: false, error: 'The shop could not be reached: ECONNREFUSED' });
  });
});
