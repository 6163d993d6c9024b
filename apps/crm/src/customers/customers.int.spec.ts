import type { Fact } from '@hookshop/messaging';
import { testBroker, testDatabase } from '@hookshop/testing';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { orderStory, type OrderStory } from '../testing/order-story.js';
import { startCrm, type TestCrm } from '../testing/start-crm.js';

describe('what is known of customers', () => {
  let broker: Awaited<ReturnType<typeof testBroker>>;
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let crm: TestCrm;

  beforeAll(async () => {
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    crm = await startCrm(database.url, broker.url);
  });

  beforeEach(() => crm.forgetEverything());

  afterAll(async () => {
    await crm.stop();
    await broker.stop();
    await database.drop();
  });

  const stories = (count: number, of: Parameters<typeof orderStory>[0] = {}): OrderStory[] =>
    Array.from({ length: count }, () => orderStory(of));

  it('begins with an order and is stated once', async () => {
    const [first, second] = stories(2);

    await crm.hear(first!.placed);
    await crm.hear(second!.placed);

    expect(await crm.customers()).toEqual([
      {
        email: 'ada@example.com',
        name: 'Ada Lovelace',
        segment: 'new',
        placed: 2,
        confirmed: 0,
        captured: 0,
        refunded: 0,
        first: expect.stringContaining(first!.placed.time.slice(0, 19)),
        last: expect.stringContaining(second!.placed.time.slice(0, 19)),
      },
    ]);
    const [registered, ...more] = await crm.stated();
    expect(more).toEqual([]);
    expect(registered).toEqual({
      type: 'customer.registered.v1',
      subject: registered!.data['customerId'],
      sequence: 1,
      correlationId: first!.orderId,
      causationId: first!.placed.id,
      data: { customerId: expect.any(String), email: 'ada@example.com', name: 'Ada Lovelace' },
    });
  });

  it('is about the address, in whatever case, and shows the newest spelling', async () => {
    const [old, recent] = [
      orderStory({ email: 'Ada@Example.com', name: 'Ada' }),
      orderStory({ email: 'ADA@example.com', name: 'Countess' }),
    ];

    await crm.hear(recent.placed);
    await crm.hear(old.placed);

    expect(await crm.customers()).toMatchObject([{ email: 'ADA@example.com', name: 'Countess', placed: 2 }]);
  });

  it('is right when one batch brings 200 facts of the same customer, for one statement and one more when the segment changes', async () => {
    const all = stories(200);

    expect(await crm.hear(...all.map(({ placed }) => placed))).toBe(1);
    expect(await crm.hear(...all.map(({ captured }) => captured))).toBeLessThanOrEqual(3);
    expect(await crm.hear(...all.map(({ confirmed }) => confirmed))).toBe(1);

    expect(await crm.customers()).toMatchObject([
      { placed: 200, confirmed: 200, captured: 200 * 9_900, segment: 'vip' },
    ]);
    expect((await crm.stated()).map(({ type }) => type)).toEqual([
      'customer.registered.v1',
      'customer.segment-changed.v1',
    ]);
  });

  it('is right when one batch mixes customers, and says for each what led to it', async () => {
    const all = ['eve', 'Bob', 'ada', 'BOB', 'eve'].map((name) => orderStory({ email: `${name}@example.com`, name }));

    await crm.hear(...all.map(({ placed }) => placed));

    expect((await crm.customers()).map(({ name, placed }) => [name, placed])).toEqual([
      ['ada', 1],
      ['BOB', 2],
      ['eve', 2],
    ]);
    const causes = (await crm.stated()).map(({ data, causationId }) => [data['name'], causationId]);
    expect(Object.fromEntries(causes)).toEqual({
      eve: all[0]!.placed.id,
      BOB: all[1]!.placed.id,
      ada: all[2]!.placed.id,
    });
  });

  it('registers a customer once when two instances meet them at the same time, spelled differently', async () => {
    for (let round = 0; round < 10; round++) {
      const spellings = [`Eve${round}@example.com`, `eve${round}@EXAMPLE.com`];

      await Promise.all(spellings.map((email) => crm.hear(orderStory({ email }).placed)));
    }

    const customers = await crm.customers();
    expect(customers).toHaveLength(10);
    expect(customers.map(({ placed }) => placed)).toEqual(Array(10).fill(2));
    expect(await crm.stated()).toHaveLength(10);
  });

  it('takes a cancelled order out of the count, before and after its confirmation, and the refund out of the value', async () => {
    const [before, after, kept] = stories(3);
    await crm.hear(before!.placed, after!.placed, kept!.placed);
    await crm.hear(before!.captured, after!.captured, kept!.captured);

    await crm.hear(before!.confirmed, kept!.confirmed);
    await crm.hear(before!.cancelled, after!.cancelled);
    await crm.hear(after!.confirmed);
    await crm.hear(before!.refunded, after!.refunded);

    expect(await crm.customers()).toMatchObject([{ placed: 3, confirmed: 1, captured: 29_700, refunded: 19_800 }]);
  });

  it('counts what was paid before anybody knew whose order it was', async () => {
    const story = orderStory();
    await crm.hear(story.captured);
    await crm.hear(story.refunded);
    expect(await crm.customers()).toEqual([]);

    await crm.hear(story.placed);

    expect(await crm.customers()).toMatchObject([{ placed: 1, captured: 9_900, refunded: 9_900 }]);
    expect(await crm.books()).toMatchObject({
      notes: [story.placed, story.captured, story.refunded].map(({ id }) => ({
        event_id: id,
        email_key: 'ada@example.com',
      })),
    });
  });

  it('adds up several payments of one order, in one batch and in two', async () => {
    const { placed, captured, refunded } = orderStory();
    const again = (fact: Fact<object>): Fact<object> => ({ ...fact, id: randomUUID() });
    await crm.hear(placed);

    await crm.hear(captured, again(captured));
    await crm.hear(refunded, again(refunded));
    await crm.hear(again(captured));

    expect(await crm.customers()).toMatchObject([{ captured: 3 * 9_900, refunded: 2 * 9_900 }]);
    expect((await crm.books()).notes).toHaveLength(6);
  });

  it('adds up one currency only', async () => {
    const [dollars, euros] = [orderStory(), orderStory({ currency: 'EUR', cents: 500_000 })];

    for (const { placed, captured, confirmed } of [dollars, euros]) {
      for (const fact of [placed, captured, confirmed]) await crm.hear(fact);
    }
    await crm.hear(euros.refunded);

    expect(await crm.customers()).toMatchObject([
      { placed: 2, confirmed: 2, captured: 9_900, refunded: 0, segment: 'returning' },
    ]);
  });

  it('changes the segment up and down, and says so each time with what led to it', async () => {
    const [first, second, third] = [orderStory(), orderStory(), orderStory({ cents: 95_000 })];
    const steps: Fact<object>[] = [
      first.placed,
      first.captured,
      first.confirmed,
      second.placed,
      second.confirmed,
      third.placed,
      third.captured,
      third.confirmed,
      third.cancelled,
      third.refunded,
      second.cancelled,
    ];

    for (const step of steps) await crm.hear(step);

    const changes = (await crm.stated()).filter(({ type }) => type === 'customer.segment-changed.v1');
    expect(changes.map(({ data, causationId }) => [data['previousSegment'], data['segment'], causationId])).toEqual([
      ['new', 'returning', second.confirmed.id],
      ['returning', 'vip', third.captured.id],
      ['vip', 'returning', third.refunded.id],
      ['returning', 'new', second.cancelled.id],
    ]);
    const sequences = (await crm.stated()).map(({ sequence }) => sequence);
    expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
  });

  it('can be met and promoted by one batch, in that order', async () => {
    const [first, second] = [orderStory({ cents: 60_000 }), orderStory({ cents: 60_000 })];
    await crm.hear(first.captured, second.captured);

    await crm.hear(first.placed, second.placed);

    const stated = await crm.stated();
    expect(stated.map(({ type, sequence, causationId }) => [type, sequence, causationId])).toEqual([
      ['customer.registered.v1', 1, first.placed.id],
      ['customer.segment-changed.v1', 2, second.placed.id],
    ]);
    expect(await crm.database.query('SELECT version FROM customers')).toEqual([{ version: 2 }]);
  });

  it('keeps every fact of an order as an interaction', async () => {
    const story = orderStory();
    const facts = [story.placed, story.captured, story.confirmed, story.shipped, story.delivered];

    for (const fact of facts) await crm.hear(fact);

    expect(await crm.books()).toMatchObject({
      notes: facts.map(({ id, type, time }) => ({
        event_id: id,
        order_id: story.orderId,
        type,
        time: new Date(time),
        email_key: 'ada@example.com',
      })),
    });
  });

  it('is the same in the end, in whatever order and batches the facts come', async () => {
    const told = [
      orderStory({ email: 'Ada@example.com', name: 'Ada', cents: 60_000 }),
      orderStory({ email: 'ada@example.com', name: 'Countess', cents: 60_000 }),
      orderStory({ email: 'eve@example.com', name: 'Eve', currency: 'EUR' }),
    ];
    const facts = told.flatMap(({ orderId: _, ...story }, n) =>
      Object.values(story).filter(({ type }) => n !== 1 || !/cancelled|refunded/.test(type)),
    );
    const outcome = async (batches: Fact<object>[][]) => {
      await crm.forgetEverything();
      for (const batch of batches) await crm.hear(...batch);
      return { customers: await crm.customers(), ...(await crm.books()) };
    };
    const expected = await outcome(facts.map((fact) => [fact]));
    expect(expected.customers).toMatchObject([
      { name: 'Countess', segment: 'new', placed: 2, confirmed: 1, captured: 120_000, refunded: 60_000 },
      { name: 'Eve', segment: 'new', placed: 1, confirmed: 0, captured: 0, refunded: 0 },
    ]);

    const anyOrder = fc.shuffledSubarray(facts, { minLength: facts.length });
    await fc.assert(
      fc.asyncProperty(anyOrder, fc.boolean(), async (shuffled, together) => {
        // A batch holds facts of one type: those of neighbours in the shuffled order.
        const batches = shuffled.reduce<Fact<object>[][]>((all, fact) => {
          if (together && all.at(-1)?.[0]?.type === fact.type) all.at(-1)!.push(fact);
          else all.push([fact]);
          return all;
        }, []);
        expect(await outcome(batches)).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  it('is the same in the end when all reactions of two instances work on the same customers at the same time', async () => {
    const all = Array.from({ length: 120 }, (_, n) =>
      orderStory({ email: `customer${n % 7}@example.com`, cents: 100 }),
    );
    const kinds = ['captured', 'placed', 'refunded', 'confirmed', 'shipped', 'cancelled', 'delivered'] as const;
    const batches = kinds.flatMap((kind, k) =>
      [0, 1, 2, 3].map((part) => {
        const facts = all.filter((_, n) => n % 4 === part).map((story) => story[kind]);
        return k % 2 ? facts : facts.toReversed();
      }),
    );

    await Promise.all(batches.map((batch) => crm.hear(...batch)));

    const customers = await crm.customers();
    expect(customers).toHaveLength(7);
    for (const { placed, confirmed, captured, refunded } of customers) {
      expect({ confirmed, captured, refunded }).toEqual({
        confirmed: 0,
        captured: 100 * placed,
        refunded: 100 * placed,
      });
    }
    expect(customers.reduce((sum, { placed }) => sum + placed, 0)).toBe(120);
    const lost = await crm.database.query('SELECT 1 FROM interactions WHERE customer_id IS NULL');
    expect(lost).toEqual([]);
    const registered = (await crm.stated()).filter(({ type }) => type === 'customer.registered.v1');
    expect(registered).toHaveLength(7);
  });
});
