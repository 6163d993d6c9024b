import { customerRequests, type CustomerView, type InteractionView, type Page } from '@hookshop/contracts';
import { startService } from '@hookshop/http';
import { DeadLetters, Requests } from '@hookshop/messaging';
import { eventually, testBroker, testDatabase } from '@hookshop/testing';
import { CrmConfig } from './crm.config.js';
import { CrmModule } from './crm.module.js';
import { orderStory } from './testing/order-story.js';
import { testConfig, TestCrm } from './testing/start-crm.js';

describe('crm among other services', () => {
  let broker: Awaited<ReturnType<typeof testBroker>>;
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let crm: TestCrm;

  beforeAll(async () => {
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    const module = (config: CrmConfig) => CrmModule.register(config);
    const app = await startService({ service: 'crm', config: CrmConfig, module }, testConfig(database.url, broker.url));
    crm = await new TestCrm(app).keepStated();
    await eventually(() => ask(customerRequests.list, {}));
  });

  beforeEach(() => crm.forgetEverything());

  afterAll(async () => {
    await crm.stop();
    await broker.stop();
    await database.drop();
  });

  const ask = <R>(subject: string, body: object): Promise<R> => crm.app.get(Requests).ask<R>(subject, body);
  const refusal = (subject: string, body: object): Promise<unknown> =>
    ask(subject, body).then(
      (answer) => answer,
      (error: { refusal: unknown }) => error.refusal,
    );
  const customerOf = async (email: string): Promise<CustomerView | undefined> =>
    (await ask<Page<CustomerView>>(customerRequests.list, { email })).data[0];

  it('knows a customer from their first order to its delivery', async () => {
    const story = orderStory({ email: 'Ada@example.com' });
    const facts = [story.placed, story.captured, story.confirmed, story.shipped, story.delivered];
    for (const fact of facts) await crm.publish(fact);

    const customer = await eventually(() => customerOf('ada@EXAMPLE.com'), {
      email: 'Ada@example.com',
      name: 'Ada Lovelace',
      segment: 'new',
      ordersPlaced: 1,
      ordersConfirmed: 1,
      lifetimeValueInCents: 9_900,
      currency: 'USD',
      firstSeenAt: story.placed.time,
      lastSeenAt: story.delivered.time,
    });

    const interactions = await eventually(
      () => ask<Page<InteractionView>>(customerRequests.interactions, { id: customer!.id }),
      ({ data }) => data.length === facts.length,
    );
    expect(interactions.nextCursor).toBeNull();
    expect(interactions.data.map(({ type, time, orderId }) => ({ type, time, orderId }))).toEqual(
      facts.toReversed().map(({ type, time }) => ({ type, time, orderId: story.orderId })),
    );
    expect(interactions.data.map(({ detail }) => detail)).toMatchObject([
      { deliveredAt: story.delivered.data.deliveredAt },
      { carrier: 'Post', trackingNumber: '1' },
      { totalInCents: 9_900, currency: 'USD' },
      { amountInCents: 9_900, currency: 'USD', paymentId: story.captured.data.paymentId },
      { totalInCents: 9_900, currency: 'USD' },
    ]);
  });

  it('changes nothing when every fact is delivered twice', async () => {
    const [story, last] = [orderStory(), orderStory({ email: 'last@example.com' })];
    const facts = [story.placed, story.captured, story.confirmed, story.cancelled, story.refunded];
    for (const fact of facts) {
      await crm.publish(fact);
      await crm.publish(fact, `copy of ${fact.id}`);
    }
    const lastFacts = [last.placed, last.captured, last.confirmed, last.cancelled, last.refunded];
    for (const fact of lastFacts) await crm.publish(fact);

    await eventually(
      () => crm.books(),
      ({ notes }) => notes.length === 10,
    );
    for (const email of ['ada@example.com', 'last@example.com']) {
      expect(await customerOf(email)).toMatchObject({ ordersPlaced: 1, ordersConfirmed: 0, lifetimeValueInCents: 0 });
    }
    expect(await crm.customers()).toMatchObject([{ captured: 9_900, refunded: 9_900 }, { captured: 9_900 }]);
    expect((await crm.stated()).map(({ type }) => type)).toEqual(['customer.registered.v1', 'customer.registered.v1']);
  });

  it('sends a poisonous fact to the dead letters and hears its neighbours', async () => {
    const stories = [orderStory(), orderStory(), orderStory()];
    const poison = { ...stories[1]!.placed, time: 'yesterday' };

    await Promise.all([stories[0]!.placed, poison, stories[2]!.placed].map((fact) => crm.publish(fact)));

    await eventually(() => customerOf('ada@example.com'), { ordersPlaced: 2 });
    const { data } = await eventually(
      () => crm.app.get(DeadLetters).list({ limit: 10 }),
      ({ data }) => data.length > 0,
    );
    expect(data).toMatchObject([
      {
        reaction: 'crm-register-customer-when-order-placed',
        reason: 'unprocessable',
        error: 'Unprocessable: "yesterday" is not a time',
        event: { subject: stories[1]!.orderId },
      },
    ]);
  });

  it('lists customers newest first, page by page', async () => {
    for (let n = 0; n < 5; n++) await crm.hear(orderStory({ email: `customer${n}@example.com` }).placed);

    const first = await ask<Page<CustomerView>>(customerRequests.list, { limit: 3 });
    const second = await ask<Page<CustomerView>>(customerRequests.list, { limit: 3, cursor: first.nextCursor });

    expect([...first.data, ...second.data].map(({ email }) => email)).toEqual(
      [4, 3, 2, 1, 0].map((n) => `customer${n}@example.com`),
    );
    expect(first.nextCursor).toBe(first.data.at(-1)!.id);
    expect(second.nextCursor).toBeNull();
    expect(await ask(customerRequests.show, { id: first.data[0]!.id })).toEqual(first.data[0]);
  });

  it('lists interactions newest first, page by page, and of one customer only', async () => {
    const stories = Array.from({ length: 5 }, () => orderStory());
    await crm.hear(...stories.map(({ placed }) => placed));
    await crm.hear(orderStory({ email: 'eve@example.com' }).placed);
    const { id } = (await customerOf('ada@example.com'))!;

    const first = await ask<Page<InteractionView>>(customerRequests.interactions, { id, limit: 3 });
    const cursor = first.nextCursor;
    const second = await ask<Page<InteractionView>>(customerRequests.interactions, { id, limit: 3, cursor });

    expect([...first.data, ...second.data].map(({ orderId }) => orderId)).toEqual(
      stories.toReversed().map(({ orderId }) => orderId),
    );
    expect(second.nextCursor).toBeNull();
  });

  it('finds nobody for an address that never ordered', async () => {
    expect(await ask(customerRequests.list, { email: 'nobody@example.com' })).toEqual({ data: [], nextCursor: null });
  });

  it.each(['01900000-0000-7000-8000-000000000000', '', 'ada@example.com', "' OR 1=1 --", 'x\0', 'x'.repeat(80)])(
    'knows no customer %j',
    async (id) => {
      const unknown = { status: 404, detail: `There is no customer ${id.slice(0, 64)}.` };
      expect(await refusal(customerRequests.show, { id })).toEqual(unknown);
      expect(await refusal(customerRequests.interactions, { id })).toEqual(unknown);
    },
  );

  it.each([
    [customerRequests.list, { limit: 0 }, 'limit'],
    [customerRequests.list, { cursor: 'x' }, 'cursor'],
    [customerRequests.list, { email: 'x' }, 'email'],
    [customerRequests.show, { id: 7 }, 'id'],
    [customerRequests.interactions, { id: 'x', limit: 101 }, 'limit'],
  ])('%s refuses %j', async (subject, body, path) => {
    expect(await refusal(subject, body)).toMatchObject({
      status: 400,
      errors: [expect.objectContaining({ path })],
    });
  });
});
