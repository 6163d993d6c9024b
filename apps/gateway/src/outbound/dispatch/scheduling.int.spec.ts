import { jest } from '@jest/globals';
import { eventually } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { OutboundUnderTest } from '../testing/outbound-under-test.js';
import { Receiver, status, type Answer } from '../testing/receiver.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

/** What a spec holds back is not given up meanwhile, however long it takes to get there. */
const timeoutSeconds = 60;

describe('two instances that share the endpoints', () => {
  let shop: OutboundUnderTest;
  let receiver: Receiver;

  beforeAll(async () => {
    shop = await OutboundUnderTest.start({}, 2);
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

  /** Answers when it is told to. */
  const gate = (): { answer: Answer; open: () => void } => {
    const waiting: (() => void)[] = [];
    let opened = false;
    return {
      answer: (response) => {
        const release = (): void => void response.writeHead(204).end();
        if (opened) release();
        else waiting.push(release);
      },
      open: () => {
        opened = true;
        for (const release of waiting.splice(0)) release();
      },
    };
  };

  it('deliver each event once, and have no more under way to an endpoint than it bears', async () => {
    const { id } = await shop.endpoint(receiver.url, { maxInFlight: 3, timeoutSeconds });
    const { answer, open } = gate();
    receiver.answer = answer;
    const facts = await shop.ordersPlaced(60);
    await eventually(
      () => shop.deliveries(id),
      (rows) => rows.length === 60,
    );
    await eventually(() => receiver.open === 3);
    open();

    await shop.settled(id, 60);
    expect(receiver.mostOpen).toBe(3);
    expect([...receiver.ids].sort()).toEqual([...facts].sort());
  });

  it('fill a slot as soon as it is free, without waiting for the others', async () => {
    const { id } = await shop.endpoint(receiver.url, { maxInFlight: 2, timeoutSeconds });
    const { answer, open } = gate();
    let hanging: string | undefined;
    receiver.answer = (response, received, request) => {
      hanging ??= received.id;
      if (received.id === hanging) answer(response, received, request);
      else status(204)(response, received, request);
    };
    await shop.ordersPlaced(20);

    await eventually(
      () => shop.deliveries(id),
      (rows) => rows.filter((row) => row.status === 'delivered').length === 19,
    );
    open();
    await shop.settled(id, 20);
  });

  it('let no endpoint wait for one that hangs, however much is due to it', async () => {
    const hangs = await Receiver.start();
    const { answer, open } = gate();
    hangs.answer = answer;
    const slow = await shop.endpoint(hangs.url, { eventTypes: ['order.placed.v1'], timeoutSeconds });
    await shop.ordersPlaced(200);
    await eventually(() => hangs.open === 8);
    const healthy = await shop.endpoint(receiver.url);
    await shop.ordersPlaced(20);

    await shop.settled(healthy.id, 20);
    expect((await shop.deliveries(slow.id)).filter((row) => row.status === 'delivered')).toHaveLength(0);
    open();
    await shop.settled(slow.id, 220);
    await hangs.stop();
  });

  it('keep to what an endpoint bears in a second', async () => {
    const { id } = await shop.endpoint(receiver.url, { maxPerSecond: 20, maxInFlight: 64 });
    await shop.ordersPlaced(50);

    await shop.settled(id, 50);
    const times = receiver.received.map(({ at }) => at);
    const mostInASecond = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 950).length));
    expect(mostInASecond).toBeLessThanOrEqual(30);
    // From the first to the last that was sent: how long each was under way is not the limiter's.
    const [sent] = await shop.database.query<{ seconds: number }>(
      `SELECT extract(epoch FROM max(started_at) - min(started_at))::float AS seconds FROM webhook_attempts
       WHERE delivery_id IN (SELECT id FROM webhook_deliveries WHERE endpoint_id = $1)`,
      [id],
    );
    expect(sent!.seconds).toBeGreaterThan(2.4);
  });

  it('send the events of one aggregate strictly one after another, where that is asked for', async () => {
    const { id } = await shop.endpoint(receiver.url, { ordering: 'per-key', maxInFlight: 16 });
    const keys = [uuidv7(), uuidv7(), uuidv7()];
    const open = new Map<string, number>();
    let overlaps = 0;
    receiver.answer = (response, { content }) => {
      const key = content.data['orderId'] as string;
      open.set(key, (open.get(key) ?? 0) + 1);
      if (open.get(key)! > 1) overlaps += 1;
      setImmediate(() => {
        open.set(key, open.get(key)! - 1);
        response.writeHead(204).end();
      });
    };
    // Which fact arrives first at which instance is nobody's choice: order is of those that have arrived.
    await shop.ageLane(id, `paused_until = now() + interval '1 hour'`);
    for (let sequence = 1; sequence <= 10; sequence += 1) {
      for (const key of keys) await shop.orderPlaced({ subject: key, sequence, totalInCents: sequence });
    }
    await eventually(
      () => shop.deliveries(id),
      (rows) => rows.length === 30,
    );
    await shop.ageLane(id, 'paused_until = NULL');

    await shop.settled(id, 30);
    expect(overlaps).toBe(0);
    for (const key of keys) {
      const sent = receiver.received.filter(({ content }) => content.data['orderId'] === key);
      expect(sent.map(({ content }) => content.data['totalInCents'])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    }
  });

  it('hold back what comes after a failed event of the same aggregate, and nothing else', async () => {
    const { id } = await shop.endpoint(receiver.url, { ordering: 'per-key', retryScheduleSeconds: [3_600] });
    const [stuck, free] = [uuidv7(), uuidv7()];
    receiver.answer = (response, received, request) =>
      status(received.content.data['orderId'] === stuck ? 500 : 204)(response, received, request);
    await shop.orderPlaced({ subject: stuck, sequence: 1 });
    await eventually(() => receiver.received.length === 1);
    await shop.orderPlaced({ subject: stuck, sequence: 2 });
    await shop.orderPlaced({ subject: free, sequence: 1 });
    await eventually(
      () => shop.deliveries(id),
      (rows) => rows.length === 3 && rows.some((row) => row.status === 'delivered'),
    );
    expect(receiver.received.filter(({ content }) => content.data['orderId'] === stuck)).toHaveLength(1);

    receiver.answer = status(204);
    await shop.makeDue(id);
    await shop.settled(id, 3);
  });

  it('take over what an instance had in hand that is gone, once its lease is over', async () => {
    const { id } = await shop.endpoint(receiver.url);
    const [factId] = await shop.ordersPlaced(1);
    await shop.settled(id, 1);
    // As a killed instance leaves it: leased, a delivery claimed, and nobody there.
    await shop.database.query(
      `WITH lane AS (UPDATE webhook_lanes SET holder = gen_random_uuid(), epoch = epoch + 1,
         leased_until = now() + interval '1 second' WHERE endpoint_id = $1 RETURNING epoch),
       delivery AS (UPDATE webhook_deliveries SET status = 'pending' WHERE endpoint_id = $1
         RETURNING id, endpoint_id, message_id)
       INSERT INTO webhook_queue (delivery_id, endpoint_id, message_id, sequence, claimed_epoch)
       SELECT id, endpoint_id, message_id, 1, lane.epoch FROM delivery, lane`,
      [id],
    );

    await shop.settled(id, 1);
    expect(receiver.ids).toEqual([factId, factId]);
    expect((await shop.attempts(id)).map(({ number }) => number)).toEqual([1, 2]);
  });
});
