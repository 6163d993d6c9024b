import { jest } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@hookshop/testing';
import { purchase, refusal, type RunningSandbox, startSandbox } from '../../testing/running-sandbox.js';

jest.setTimeout(30_000);

describe('looking payments up', () => {
  let database: TestDatabase;
  let sandbox: RunningSandbox;
  const ids: string[] = [];

  beforeAll(async () => {
    database = await testDatabase();
    sandbox = await startSandbox(database.url);
    for (const orderId of ['a', 'b', 'a', "o'b", 'a']) {
      ids.unshift((await sandbox.stripe.paymentIntents.create(purchase(orderId))).id);
    }
  });
  afterAll(async () => {
    await sandbox?.stop();
    await database?.drop();
  });

  it('shows an intent as it is', async () => {
    expect(await sandbox.stripe.paymentIntents.retrieve(ids[0]!)).toMatchObject({ id: ids[0], status: 'succeeded' });
    expect(await refusal(sandbox.stripe.paymentIntents.retrieve('pi_none'))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    });
    expect(await refusal(sandbox.stripe.paymentIntents.retrieve('pi_%00'))).toMatchObject({ statusCode: 404 });
  });

  it('lists newest first, page by page', async () => {
    const first = await sandbox.stripe.paymentIntents.list({ limit: 2 });
    expect(first).toMatchObject({ object: 'list', has_more: true, url: '/v1/payment_intents' });

    const all = await sandbox.stripe.paymentIntents.list({ limit: 2 }).autoPagingToArray({ limit: 100 });
    expect(all.map(({ id }) => id)).toEqual(ids);
  });

  it('finds the intents of an order', async () => {
    const found = await sandbox.stripe.paymentIntents.search({ query: "metadata['orderId']:'a'" });
    expect(found).toMatchObject({ object: 'search_result', has_more: false, next_page: null });
    expect(found.data.map(({ id }) => id)).toEqual([ids[0], ids[2], ids[4]]);

    const quoted = await sandbox.stripe.paymentIntents.search({ query: `metadata["orderId"]:"o'b"` });
    expect(quoted.data.map(({ id }) => id)).toEqual([ids[1]]);
    expect((await sandbox.stripe.paymentIntents.search({ query: "metadata['orderId']:'none'" })).data).toEqual([]);
  });

  it('goes through a search page by page', async () => {
    const query = "metadata['orderId']:'a'";

    const all = await sandbox.stripe.paymentIntents.search({ query, limit: 1 }).autoPagingToArray({ limit: 100 });

    expect(all.map(({ id }) => id)).toEqual([ids[0], ids[2], ids[4]]);
  });

  it.each(["status:'succeeded'", "metadata['orderId']:'a' OR metadata['orderId']:'b'", "metadata['orderId']:'a", ''])(
    'refuses the search %s rather than finding the wrong ones',
    async (query) => {
      expect(await refusal(sandbox.stripe.paymentIntents.search({ query }))).toMatchObject({
        statusCode: 400,
        param: 'query',
      });
    },
  );

  it('refuses parameters it would have to ignore', async () => {
    const error = await refusal(sandbox.stripe.paymentIntents.list({ customer: 'cus_1' }));

    expect(error).toMatchObject({ statusCode: 400, code: 'parameter_unknown', param: 'customer' });
    expect(await refusal(sandbox.stripe.paymentIntents.list({ limit: 101 }))).toMatchObject({ param: 'limit' });
    expect(await refusal(sandbox.stripe.refunds.list({ starting_after: 'pi_1' }))).toMatchObject({
      param: 'starting_after',
    });
  });
});
