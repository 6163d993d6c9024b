import { jest } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@hookshop/testing';
import Stripe from 'stripe';
import { purchase, refusal, type RunningSandbox, startSandbox } from '../../testing/running-sandbox.js';

jest.setTimeout(30_000);

describe("the provider's manners", () => {
  let database: TestDatabase;
  let sandbox: RunningSandbox;

  beforeAll(async () => {
    database = await testDatabase();
    sandbox = await startSandbox(database.url);
  });
  afterAll(async () => {
    await sandbox?.stop();
    await database?.drop();
  });

  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(sandbox.url + path, {
      ...init,
      headers: { authorization: 'Bearer sk_test_sandbox', ...init.headers },
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };

  it.each([undefined, 'Bearer', 'Bearer short', 'Basic c2tfdGVzdA=='])('refuses the key %s', async (authorization) => {
    const response = await fetch(`${sandbox.url}/v1/payment_intents`, {
      headers: authorization === undefined ? {} : { authorization },
    });

    expect(response.status).toBe(401);
    expect(response.headers.get('request-id')).toMatch(/^req_/);
    const body = (await response.json()) as { error: { message: string } };
    expect(body).toEqual({ error: { type: 'invalid_request_error', message: expect.stringContaining('API') } });
    expect(body.error.message).not.toContain('short');
  });

  it('is told apart by the SDK', async () => {
    const { host, port } = new URL(sandbox.url);
    const stranger = new Stripe('sk', { host: host.split(':')[0], port, protocol: 'http', maxNetworkRetries: 0 });

    expect(await refusal(stranger.paymentIntents.list())).toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
  });

  it('gives every answer an id of its own', async () => {
    const ids = [await ask('/v1/payment_intents'), await ask('/v1/payment_intents/pi_1')].map(({ headers }) =>
      headers.get('request-id'),
    );

    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^req_/);
  });

  it.each<[string, string, RequestInit, number]>([
    ['an address nobody serves', '/v1/customers', {}, 404],
    ['a method nobody serves', '/v1/refunds', { method: 'DELETE' }, 405],
    [
      'a body that is not a form',
      '/v1/refunds',
      { method: 'POST', body: '<a/>', headers: { 'content-type': 'text/xml' } },
      415,
    ],
    [
      'a body without end',
      '/v1/refunds',
      { method: 'POST', body: new URLSearchParams({ a: 'x'.repeat(2 ** 20) }) },
      413,
    ],
    [
      'an empty body',
      '/v1/refunds',
      { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      400,
    ],
    ['no body', '/v1/payment_intents', { method: 'POST' }, 400],
  ])('refuses %s in a shape the SDK takes for an error', async (_what, path, init, status) => {
    const answer = await ask(path, init);

    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.body).toEqual({
      error: expect.objectContaining({ type: 'invalid_request_error', message: expect.any(String) }),
    });
  });

  it('is an error to the SDK when the books cannot be written', async () => {
    const broken = await testDatabase();
    const forgetful = await startSandbox(broken.url);
    try {
      await broken.query('ALTER TABLE payment_intents RENAME TO elsewhere');

      const error = await refusal(forgetful.stripe.paymentIntents.create(purchase('lost')));

      expect(error).toBeInstanceOf(Stripe.errors.StripeAPIError);
      expect(error).toMatchObject({ statusCode: 500, rawType: 'api_error' });
      expect(error.message).not.toContain('payment_intents');
    } finally {
      await forgetful.stop();
      await broken.drop();
    }
  });

  it('leaves the rest of the sandbox alone', async () => {
    expect(await sandbox.call('GET', '/provider/payment-intents')).toMatchObject({ status: 200 });
    expect(await sandbox.call('GET', '/nowhere')).toMatchObject({ status: 404, body: { title: 'Not Found' } });
    expect(await sandbox.call('GET', '/')).toMatchObject({ status: 200, body: { name: 'Hookshop sandbox' } });
  });
});
