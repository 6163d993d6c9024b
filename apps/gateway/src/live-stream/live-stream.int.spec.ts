import { jest } from '@jest/globals';
import { BrokerConnection, STREAM } from '@hookshop/messaging';
import { Metrics } from '@hookshop/observability';
import { eventually, testBroker, testDatabase, type TestBroker, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { EventReader } from '../testing/event-reader.js';
import { FarSide } from '../testing/far-side.js';
import { keys, startGateway, type TestGateway } from '../testing/test-gateway.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

describe('the live stream', () => {
  let broker: TestBroker;
  let database: TestDatabase;
  let gateway: TestGateway;
  let farSide: FarSide;
  const readers: EventReader[] = [];

  beforeAll(async () => {
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    farSide = await FarSide.join(broker.url);
    gateway = await startGateway({ natsUrl: broker.url, databaseUrl: database.url, eventStreamClients: 3 });
    await eventually(() => farSide.state({ type: 'sample.begun.v1' }));
  });

  afterEach(async () => {
    for (const reader of readers.splice(0)) reader.leave();
    await eventually(ephemeral, (names) => names.length === 0);
    // Their places at the broker are given back first, and the ones among the gateway's clients after that.
    await eventually(clients, 0);
  });

  afterAll(async () => {
    await gateway.stop();
    await farSide.close();
    await broker.stop();
    await database.drop();
  });

  const read = async (query = '', lastEventId?: number): Promise<EventReader> => {
    const headers = { authorization: `Bearer ${keys.shop}` };
    const resume: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) };
    const reader = await EventReader.open(`${gateway.url}/v1/events/stream${query}`, { ...headers, ...resume });
    readers.push(reader);
    return reader;
  };
  const manager = async () => (await gateway.app.get(BrokerConnection).opened).manager;
  /** Places in the stream that are kept for readers. */
  const ephemeral = async (): Promise<string[]> => {
    const names: string[] = [];
    for await (const { name, config } of (await manager()).consumers.list(STREAM)) {
      if (!config.durable_name) names.push(name);
    }
    return names;
  };
  const clients = async (): Promise<number> => {
    const { values } = await gateway.app.get(Metrics).registry.getSingleMetric('event_stream_clients')!.get();
    return values[0]?.value ?? 0;
  };
  const step = (correlationId?: string): Promise<number> => farSide.state({ type: 'sample.step.v1', correlationId });
  const refused = (query: string, headers: Record<string, string> = {}): Promise<Response> =>
    gateway.fetch(`/v1/events/stream${query}`, { headers });

  it('tells facts as they happen, by their place in the stream', async () => {
    const reader = await read();
    const orderId = uuidv7();
    const id = uuidv7();
    const place = await farSide.state({ id, type: 'sample.told.v1', correlationId: orderId, data: { n: 1 } });
    const [event] = await eventually(
      () => reader.events,
      (events) => events.length === 1,
    );

    expect(event).toMatchObject({
      id: place,
      event: 'sample.told.v1',
      data: { id, type: 'sample.told.v1', source: '/order', orderId, data: { n: 1 } },
    });
  });

  it('starts now, unless it is told where to go on', async () => {
    const before = await step();
    const reader = await read();
    const after = await step();
    await eventually(() => reader.ids.length > 0);

    expect(reader.ids).toEqual([after]);
    expect(before).toBe(after - 1);
  });

  it('goes on after Last-Event-ID without a gap and without a copy', async () => {
    const first = await read();
    const stated = [await step(), await step(), await step()];
    await eventually(() => first.ids.length === 3);
    first.leave();
    stated.push(await step(), await step());

    const second = await read('', stated[2]);
    stated.push(await step());
    await eventually(() => second.ids.length === 3);

    expect([...first.ids, ...second.ids]).toEqual(stated);
  });

  it('takes the place from the address, for clients that cannot send headers', async () => {
    const place = await step();
    const next = await step();
    const reader = await read(`?lastEventId=${place}`);

    await eventually(() => reader.ids.length > 0);
    expect(reader.ids).toEqual([next]);
  });

  it('prefers the header, which a browser adds when it comes back', async () => {
    const [old, newer, newest] = [await step(), await step(), await step()];
    const reader = await read(`?lastEventId=${old}`, newer);

    await eventually(() => reader.ids.length > 0);
    expect(reader.ids).toEqual([newest]);
  });

  it('tells only of one order, or of one type', async () => {
    const orderId = uuidv7();
    const [ofOrder, ofType] = [await read(`?orderId=${orderId}`), await read('?type=stock.low.v1')];
    await step(uuidv7());
    const mine = await step(orderId);
    const low = await farSide.state({ type: 'stock.low.v1', data: { sku: 'A', available: 1, threshold: 5 } });
    await step();
    const mineAgain = await step(orderId);

    await eventually(() => ofOrder.ids.length === 2 && ofType.ids.length === 1);
    expect(ofOrder.ids).toEqual([mine, mineAgain]);
    expect(ofType.ids).toEqual([low]);
  });

  it.each(['x', '-1', '1.5', '1e3', '9'.repeat(16)])('answers 400 to Last-Event-ID %s', async (id) => {
    expect((await refused('', { 'last-event-id': id })).status).toBe(400);
    expect((await refused(`?lastEventId=${id}`)).status).toBe(400);
  });

  it('answers 400 to an order id that is none and 422 to a type that does not exist', async () => {
    expect((await refused('?orderId=1')).status).toBe(400);
    expect((await refused('?type=order.lost.v1')).status).toBe(422);
  });

  it('answers 410 when facts after the place are gone, and when the place is not of this stream', async () => {
    const [gone, kept] = [await step(), await step()];
    await (await manager()).streams.purge(STREAM, { seq: kept });

    expect((await refused('', { 'last-event-id': String(gone - 1) })).status).toBe(410);
    expect((await refused('', { 'last-event-id': '999999' })).status).toBe(410);
    expect((await read('', gone)).closed).toBe(false);
  });

  it('takes as many clients as it is told, and more when some have left', async () => {
    const [first] = await Promise.all([read(), read(), read()]);
    const full = await refused('');

    expect([full.status, full.headers.get('retry-after')]).toEqual([503, '5']);
    first.leave();
    await eventually(() => read());
  });

  it('survives a restart of the broker without a gap', async () => {
    const reader = await read();
    const stated = [await step()];
    await eventually(() => reader.ids.length === 1);

    await broker.kill();
    await broker.restart();
    stated.push(await eventually(() => step()), await step());

    await eventually(() => reader.ids.length >= 3, undefined, { timeoutMs: 40_000 });
    expect(reader.ids).toEqual(stated);
    expect(reader.closed).toBe(false);
  });

  it('drops a client that does not read, holding little for it', async () => {
    const reader = await read();
    reader.pause();
    const data = { text: 'x'.repeat(256 * 1024) };
    let last = 0;
    // One by one: the broker's acknowledgement of 20 MB at once may be late.
    for (let count = 0; count < 80; count += 1) last = await farSide.state({ type: 'sample.big.v1', data });

    await eventually(ephemeral, (names) => names.length === 0, { timeoutMs: 40_000 });
    expect(reader.ids).not.toContain(last);
  });

  it('answers HEAD without opening a stream', async () => {
    const response = await gateway.fetch('/v1/events/stream', { method: 'HEAD' });

    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    expect(await ephemeral()).toEqual([]);
  });

  it('ends when the gateway stops, so that clients go elsewhere', async () => {
    const other = await startGateway({ natsUrl: broker.url, databaseUrl: database.url });
    await eventually(() => other.app.get(BrokerConnection).current);
    const reader = await EventReader.open(`${other.url}/v1/events/stream`, { authorization: `Bearer ${keys.shop}` });

    await other.stop();

    await eventually(() => reader.closed);
  });
});
