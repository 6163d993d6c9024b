import { jest } from '@jest/globals';
import { EventContract, IsId } from '@hookshop/contracts';
import { Database } from '@hookshop/persistence';
import { eventually } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { orderPlacedData, OutboundUnderTest } from '../testing/outbound-under-test.js';
import { Receiver } from '../testing/receiver.js';
import { insertMessages } from './insert-messages.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

@EventContract('sample.stated', 1, { description: 'A spec stated something, as it was said before.' })
class SampleStated {
  @IsId() readonly sampleId: string;
}

@EventContract('sample.stated', 2, { description: 'A spec stated something, as it is said now.' })
class SampleStatedV2 {
  @IsId() readonly sampleId: string;
}

describe('fan-out', () => {
  let shop: OutboundUnderTest;
  let receiver: Receiver;

  beforeAll(async () => {
    expect([SampleStated, SampleStatedV2]).toHaveLength(2);
    shop = await OutboundUnderTest.start();
  });
  beforeEach(async () => {
    receiver = await Receiver.start();
  });
  afterEach(async () => {
    await shop.database.query(`UPDATE webhook_endpoints SET deleted_at = now() WHERE deleted_at IS NULL`);
    await receiver.stop();
  });
  afterAll(async () => {
    await shop.stop();
  });

  const messages = async (): Promise<number> =>
    (await shop.database.query<{ count: number }>('SELECT count(*)::int AS count FROM webhook_messages'))[0]!.count;
  /** What was stated before it has been fanned out. */
  const caughtUp = async (): Promise<void> => {
    const mark = await shop.orderPlaced();
    await eventually(
      async () => (await shop.database.query('SELECT FROM webhook_messages WHERE id = $1', [mark])).length === 1,
    );
  };

  it('owes a fact to an endpoint once, however often the broker delivers it', async () => {
    const { id } = await shop.endpoint(receiver.url);
    const fact = { id: uuidv7(), type: 'order.placed.v1', subject: uuidv7(), data: orderPlacedData(uuidv7()) };
    await shop.farSide.state(fact);
    await shop.farSide.state(fact);
    await shop.orderPlaced();

    await shop.settled(id, 2);
    expect(receiver.ids.filter((one) => one === fact.id)).toHaveLength(1);
  });

  it('keeps internal facts, and those it does not know, in the shop', async () => {
    const { id } = await shop.endpoint(receiver.url);
    const before = await messages();
    const orderId = uuidv7();
    await shop.farSide.state({
      type: 'order.payment-requested.v1',
      data: { orderId, amountInCents: 1, currency: 'USD', paymentMethod: 'pm_card_visa' },
    });
    await shop.farSide.state({ type: 'unheard.of.v1', data: { secret: true } });
    await shop.orderPlaced();

    await shop.settled(id, 1);
    expect(receiver.types).toEqual(['order.placed.v1']);
    expect(await messages()).toBe(before + 1);
  });

  it('tells operational facts to the partner whom they concern, and never to the endpoint they are about', async () => {
    const about = await shop.endpoint(receiver.url);
    const [same, stranger] = await Promise.all([Receiver.start(), Receiver.start()]);
    const mine = await shop.endpoint(same.url);
    const others = await shop.endpoint(stranger.url, { partnerId: 'other' });
    await shop.farSide.state({
      type: 'endpoint.disabled.v1',
      data: { endpointId: about.id, partnerId: 'demo', reason: 'manual', disabledAt: new Date().toISOString() },
    });
    await shop.orderPlaced();

    await shop.settled(mine.id, 2);
    await shop.settled(others.id, 1);
    await shop.settled(about.id, 1);
    expect(same.types.sort()).toEqual(['endpoint.disabled.v1', 'order.placed.v1']);
    expect(stranger.types).toEqual(['order.placed.v1']);
    expect(receiver.types).toEqual(['order.placed.v1']);
    await Promise.all([same.stop(), stranger.stop()]);
  });

  it('sends the newest version of an occurrence to a wildcard, and an older one to who names it', async () => {
    const [any, old] = await Promise.all([Receiver.start(), Receiver.start()]);
    const wildcard = await shop.endpoint(any.url, { eventTypes: ['sample.*'] });
    const concrete = await shop.endpoint(old.url, { eventTypes: ['sample.stated.v1'] });
    const sampleId = uuidv7();
    for (const version of [1, 2]) {
      await shop.farSide.stateVersion(`sample.stated.v${version}`, { sampleId }, 2);
    }

    await shop.settled(wildcard.id, 1);
    await shop.settled(concrete.id, 1);
    expect(any.types).toEqual(['sample.stated.v2']);
    expect(old.types).toEqual(['sample.stated.v1']);
    await Promise.all([any.stop(), old.stop()]);
  });

  it('writes the bodies that endpoints ask for', async () => {
    const endpoints = await Promise.all(
      (['standard', 'cloudevents'] as const).flatMap((format) =>
        (['full', 'thin'] as const).map((payload) => shop.endpoint(receiver.url, { format, payload })),
      ),
    );
    const factId = await shop.orderPlaced();
    for (const { id } of endpoints) await shop.settled(id, 1);

    const contents = receiver.received.map(({ headers, body }) => [headers['content-type'], JSON.parse(body)] as const);
    const event = { specversion: '1.0', id: factId, source: '/order', type: 'order.placed.v1', sequence: '1' };
    expect(contents).toHaveLength(4);
    expect(contents).toEqual(
      expect.arrayContaining([
        ['application/json', expect.objectContaining({ data: expect.objectContaining({ currency: 'USD' }) })],
        ['application/json', { type: 'order.placed.v1', timestamp: expect.any(String), data: { id: factId } }],
        [
          'application/cloudevents+json',
          expect.objectContaining({ ...event, data: expect.objectContaining({ currency: 'USD' }) }),
        ],
        ['application/cloudevents+json', expect.not.objectContaining({ data: expect.anything() })],
      ]),
    );
  });

  it('sends a fact whose content passes the filter, also when it holds what PostgreSQL is picky about', async () => {
    const { id } = await shop.endpoint(receiver.url, { filterPath: 'exists($."data"."totalInCents" ? (@ >= 10000))' });
    await shop.orderPlaced({ totalInCents: 9_999 });
    await shop.orderPlaced({ totalInCents: 10_000 });
    const odd = { ...orderPlacedData(uuidv7(), 20_000), note: 'NUL \u0000, half a pair \ud83d, \\u0000' };
    await shop.farSide.state({ type: 'order.placed.v1', data: odd });

    await shop.settled(id, 2);
    expect(receiver.received.map(({ content }) => content.data['totalInCents']).sort()).toEqual([10_000, 20_000]);
    expect(receiver.received.find(({ content }) => content.data['note'])!.content.data['note']).toBe(odd.note);
  });

  it.each([
    ['disabled', { status: 'disabled', disabledReason: 'manual' }],
    ['unverified', { status: 'unverified' }],
  ] as const)('holds what an endpoint that is %s is owed, and sends nothing', async (_, state) => {
    const { id } = await shop.endpoint(receiver.url, state);
    await shop.orderPlaced();

    const [row] = await shop.settled(id, 1, 'held');
    expect(row).toMatchObject({ attempts: 0, unresolved: true, dueInSeconds: null });
    expect(receiver.received).toHaveLength(0);
  });

  it('takes one statement for a batch, whatever the number of endpoints', async () => {
    await Promise.all(Array.from({ length: 30 }, () => shop.endpoint(receiver.url)));
    await caughtUp();
    // A trigger for each statement counts them.
    await shop.database.query(`
      CREATE TABLE statements (relation text);
      CREATE FUNCTION count_statement() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO statements VALUES (TG_TABLE_NAME); RETURN NULL; END $$;
      CREATE TRIGGER counted AFTER INSERT ON webhook_deliveries FOR EACH STATEMENT EXECUTE FUNCTION count_statement();
      CREATE TRIGGER counted AFTER INSERT ON webhook_messages FOR EACH STATEMENT EXECUTE FUNCTION count_statement();
      CREATE TRIGGER counted AFTER INSERT ON webhook_queue FOR EACH STATEMENT EXECUTE FUNCTION count_statement();`);
    const before = await messages();
    await shop.orderPlaced();
    await eventually(async () => (await messages()) === before + 1);

    const counts = await shop.database.query('SELECT relation, count(*)::int FROM statements GROUP BY 1 ORDER BY 1');
    expect(counts).toEqual([
      { relation: 'webhook_deliveries', count: 1 },
      { relation: 'webhook_messages', count: 1 },
      { relation: 'webhook_queue', count: 1 },
    ]);
  });

  it('owes a whole batch to a hundred endpoints, also with the plan that PostgreSQL settles on', async () => {
    const endpoints = await Promise.all(Array.from({ length: 100 }, () => shop.endpoint(receiver.url)));
    const database = shop.gateway.app.get(Database);
    const mine = endpoints.slice(0, 50).map(({ id }) => [id, 5] as const);
    const batch = () =>
      Array.from({ length: 200 }, () => ({
        id: uuidv7(),
        type: 'customer.registered.v1',
        source: '/crm',
        subject: uuidv7(),
        sequence: 1,
        time: new Date().toISOString(),
        orderId: null,
        data: {},
        body: '{"data":{}}',
        partnerId: null,
        aboutEndpointId: null,
        superseded: false,
        traceparent: null,
      }));
    // A prepared statement is planned for any values from the sixth time on; nothing of this is to be sent.
    for (let time = 1; time <= 6; time += 1) {
      const undone = database.transaction(async (tx) => {
        const rows = await insertMessages(tx, batch(), new Map(mine));
        throw new Error(`${rows.length} owed, ${rows.filter(({ claimedEpoch }) => claimedEpoch === 5).length} in hand`);
      });
      await expect(undone).rejects.toThrow('20000 owed, 10000 in hand');
    }
  });
});
