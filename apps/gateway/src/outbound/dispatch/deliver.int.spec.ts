import { jest } from '@jest/globals';
import { eventually } from '@hookshop/testing';
import { Webhook } from 'standardwebhooks';
import { OutboundUnderTest } from '../testing/outbound-under-test.js';
import { Receiver, status } from '../testing/receiver.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

describe('deliveries', () => {
  let shop: OutboundUnderTest;
  let receiver: Receiver;

  beforeAll(async () => {
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

  it('bring a fact to every endpoint that subscribed to it, signed, under the id of the fact', async () => {
    const { id, secret } = await shop.endpoint(receiver.url);
    const factId = await shop.orderPlaced();

    const [delivery] = await shop.settled(id, 1);
    const [received] = receiver.received;
    expect(received!.id).toBe(factId);
    expect(received!.content.type).toBe('order.placed.v1');
    expect(new Webhook(secret).verify(received!.body, received!.headers as Record<string, string>)).toEqual(
      received!.content,
    );
    expect(delivery).toMatchObject({ messageId: factId, attempts: 1, dueInSeconds: null, unresolved: false });
    expect(await shop.attempts(id)).toEqual([
      {
        deliveryId: delivery!.id,
        number: 1,
        outcome: 'delivered',
        status: 204,
        error_class: null,
        next: 'none',
        response_body: '',
        truncated: false,
      },
    ]);
  });

  it('are retried with the same id and a new signature until they are taken', async () => {
    const { id, secret } = await shop.endpoint(receiver.url);
    receiver.answer = status(500);
    const factId = await shop.orderPlaced();
    const [waiting] = await eventually(
      () => shop.deliveries(id),
      (rows) => rows[0]?.attempts === 1,
    );
    expect(waiting!.dueInSeconds).toBeGreaterThan(2);
    expect(waiting!.dueInSeconds).toBeLessThan(6.5);

    receiver.answer = status(200);
    await shop.makeDue(id);

    await shop.settled(id, 1);
    expect(receiver.ids).toEqual([factId, factId]);
    for (const { body, headers } of receiver.received) {
      new Webhook(secret).verify(body, headers as Record<string, string>);
    }
    expect((await shop.attempts(id)).map(({ number, status: code, next }) => [number, code, next])).toEqual([
      [1, 500, 'retry'],
      [2, 200, 'none'],
    ]);
  });
});

describe('an instance without capacity', () => {
  let shop: OutboundUnderTest;

  beforeAll(async () => {
    shop = await OutboundUnderTest.start({ webhookConcurrency: 1 });
  });
  afterAll(async () => {
    await shop.stop();
  });

  it('still lets the first slot of every endpoint through', async () => {
    const [hangs, healthy] = await Promise.all([Receiver.start(), Receiver.start()]);
    hangs.answer = () => undefined;
    await shop.endpoint(hangs.url);
    const { id } = await shop.endpoint(healthy.url);
    await shop.ordersPlaced(5);

    await shop.settled(id, 5);
    expect(hangs.open).toBe(1);
    await Promise.all([hangs.stop(), healthy.stop()]);
  });
});
