import { jest } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@hookshop/testing';
import { purchase, type RunningSandbox, startSandbox } from '../../testing/running-sandbox.js';

jest.setTimeout(30_000);

describe("the provider's books", () => {
  let database: TestDatabase;
  let sandbox: RunningSandbox;

  beforeAll(async () => {
    database = await testDatabase();
    sandbox = await startSandbox(database.url);
  });
  beforeEach(() => sandbox.call('DELETE', '/provider/payment-intents'));
  afterAll(async () => {
    await sandbox?.stop();
    await database?.drop();
  });

  const pay = (orderId: string) =>
    sandbox.stripe.paymentIntents.create(purchase(orderId), { idempotencyKey: `pay-${orderId}` });

  it('show what was paid and refunded for an order', async () => {
    const { id } = await pay('o-1');
    await pay('o-2');
    const refund = await sandbox.stripe.refunds.create({ payment_intent: id, amount: 900 }, { idempotencyKey: 'back' });

    expect((await sandbox.call('GET', '/provider/payment-intents?orderId=o-1')).body).toEqual({
      data: [
        expect.objectContaining({
          id,
          orderId: 'o-1',
          amountInCents: 9900,
          capturedInCents: 9900,
          refundedInCents: 900,
          currency: 'USD',
          status: 'succeeded',
          method: 'pm_card_visa',
          idempotencyKey: 'pay-o-1',
          createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
        }),
      ],
      nextCursor: null,
    });
    expect((await sandbox.call('GET', '/provider/refunds?orderId=o-1')).body.data).toEqual([
      expect.objectContaining({
        id: refund.id,
        paymentIntentId: id,
        orderId: 'o-1',
        amountInCents: 900,
        currency: 'USD',
        status: 'succeeded',
        idempotencyKey: 'back',
      }),
    ]);
    expect((await sandbox.call('GET', '/provider/refunds?orderId=o-2')).body.data).toEqual([]);
  });

  it('are read page by page, newest first', async () => {
    const ids: string[] = [];
    for (const order of ['1', '2', '3']) ids.unshift((await pay(order)).id);

    const first = await sandbox.call('GET', '/provider/payment-intents?limit=2');
    const second = await sandbox.call('GET', `/provider/payment-intents?limit=2&cursor=${first.body.nextCursor}`);

    expect([...first.body.data, ...second.body.data].map(({ id }) => id)).toEqual(ids);
    expect(second.body.nextCursor).toBeNull();
  });

  it('refuse a page that cannot be', async () => {
    for (const query of ['limit=0', 'limit=101', 'limit=x', 'cursor=%27', 'cursor=re_1', 'colour=red', 'orderId=%00']) {
      expect(await sandbox.call('GET', `/provider/payment-intents?${query}`)).toMatchObject({ status: 400 });
    }
  });

  it('forget everything together: intents, their refunds, the keys', async () => {
    const { id } = await pay('o-1');
    await sandbox.stripe.refunds.create({ payment_intent: id });

    expect(await sandbox.call('DELETE', '/provider/payment-intents')).toEqual({ status: 204, body: undefined });

    expect((await sandbox.call('GET', '/provider/payment-intents')).body.data).toEqual([]);
    expect((await sandbox.call('GET', '/provider/refunds')).body.data).toEqual([]);
    expect((await pay('o-1')).id).not.toBe(id);
  });

  it('forget refunds alone as if they had never been', async () => {
    const { id } = await pay('o-1');
    const back = () => sandbox.stripe.refunds.create({ payment_intent: id }, { idempotencyKey: 'back' });
    const refund = await back();

    expect(await sandbox.call('DELETE', '/provider/refunds')).toMatchObject({ status: 204 });

    expect((await sandbox.call('GET', '/provider/payment-intents')).body.data).toMatchObject([
      { id, refundedInCents: 0 },
    ]);
    expect((await back()).id).not.toBe(refund.id);
    expect((await pay('o-1')).id).toBe(id);
  });

  it('can be emptied while payments and refunds are coming in', async () => {
    const work = Array.from({ length: 40 }, async (_, index) => {
      const { id } = await sandbox.stripe.paymentIntents.create(purchase(`busy-${index}`));
      await sandbox.stripe.refunds.create({ payment_intent: id }).catch((error: { statusCode: number }) => {
        if (error.statusCode !== 404) throw error; // emptied in between
      });
    });
    const emptied = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        sandbox.call('DELETE', index % 2 === 0 ? '/provider/payment-intents' : '/provider/refunds'),
      ),
    );
    await Promise.all(work);

    expect(emptied.map(({ status }) => status)).toEqual([204, 204, 204, 204, 204, 204]);
    const wrong = await database.query(`
      SELECT payment_intents.id FROM payment_intents LEFT JOIN refunds ON payment_intent_id = payment_intents.id
      GROUP BY payment_intents.id, refunded_in_cents
      HAVING refunded_in_cents <> coalesce(sum(refunds.amount_in_cents), 0)`);
    expect(wrong).toEqual([]);
  });
});
