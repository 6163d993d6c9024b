import { randomUUID } from 'node:crypto';
import { eventually } from '@hookshop/testing';
import type { OrderView } from '@hookshop/contracts';
import type { Parcel } from './sandbox-client.js';
import { ShopClient } from './shop-client.js';

/** Of each of the ways in which they meet. */
const RACES = 12;

describe('the parcel of an order', () => {
  const shop = ShopClient.ofRun();
  const { sandbox } = shop;

  afterEach(() => sandbox.behave('carrier', {}));
  afterAll(() => shop.close());

  const placeBooked = async (email = `${randomUUID()}@example.com`): Promise<{ order: OrderView; parcel: Parcel }> => {
    const order = await shop.place({ email });
    await shop.becomes(order, { status: 'confirmed' });
    const parcel = await sandbox.parcelThat(order, 'booked');
    return { order, parcel };
  };
  const ownTypes = async (order: OrderView): Promise<string[]> =>
    (await shop.timeline(order)).map(({ type }) => type).filter((type) => /^(order|shipment)\./.test(type));
  const shipments = (order: OrderView): Promise<{ status: string }[]> =>
    shop.query('shipping', 'SELECT status FROM shipments WHERE order_id = $1', [order.id]);
  const money = async (order: OrderView): Promise<number> =>
    (await sandbox.intents(order)).reduce((sum, one) => sum + one.capturedInCents - one.refundedInCents, 0);

  it('is booked, picked up and delivered, and the order with it', async () => {
    const email = `${randomUUID()}@example.com`;
    const { order, parcel } = await placeBooked(email);
    expect(parcel).toMatchObject({ orderId: order.id, carrier: 'Sandbox Express' });

    expect(await sandbox.pickUp(parcel)).toBe(200);
    await shop.becomes(order, { status: 'shipped' });
    const mails = await eventually(
      () => sandbox.inbox(email),
      (all) => all.some(({ subject }) => /on its way|shipped/i.test(subject)),
    );
    const notice = mails.find(({ text }) => text.includes(parcel.trackingNumber));
    expect(notice?.html).toContain(parcel.trackingNumber);

    expect(await sandbox.deliver(parcel)).toBe(200);
    await shop.becomes(order, { status: 'delivered' });

    await shop.timelineWith(order, 'order.delivered.v1');
    expect(await ownTypes(order)).toEqual([
      'order.placed.v1',
      'order.payment-requested.v1',
      'order.confirmed.v1',
      'shipment.dispatched.v1',
      'order.shipped.v1',
      'shipment.delivered.v1',
      'order.delivered.v1',
    ]);
    const facts = await shop.timeline(order);
    expect(facts.find(({ type }) => type === 'order.shipped.v1')!.data).toMatchObject({
      carrier: 'Sandbox Express',
      trackingNumber: parcel.trackingNumber,
    });
  });

  it('is shipped and delivered though its delivery was told first', async () => {
    const { order, parcel } = await placeBooked();
    await sandbox.behave('carrier', { deliveredFirst: true, times: 1 });

    await sandbox.deliver(parcel);

    await shop.becomes(order, { status: 'delivered' });
    await shop.timelineWith(order, 'order.delivered.v1');
    await shop.rest();
    const types = await ownTypes(order);
    expect(types.filter((type) => type.startsWith('order.')).slice(-2)).toEqual([
      'order.shipped.v1',
      'order.delivered.v1',
    ]);
    expect(types.filter((type) => type.startsWith('shipment.'))).toEqual([
      'shipment.dispatched.v1',
      'shipment.delivered.v1',
    ]);
  });

  it('goes the same way when the carrier tells everything twice', async () => {
    const email = `${randomUUID()}@example.com`;
    const { order, parcel } = await placeBooked(email);
    await sandbox.behave('carrier', { webhookTwice: true });
    await sandbox.pickUp(parcel);
    await shop.becomes(order, { status: 'shipped' });
    await sandbox.deliver(parcel);
    await shop.becomes(order, { status: 'delivered' });

    for (const type of ['shipment.picked_up', 'shipment.delivered']) {
      const [eventId] = await shop.eventsAbout(order, type);
      const receipts = await eventually(
        () => shop.receipts(eventId!),
        (all) => all.length === 2,
      );
      expect(receipts.map(({ status }) => status)).toEqual(['duplicate', 'received']);
    }
    await shop.timelineWith(order, 'order.delivered.v1', 'email.sent.v1');
    await shop.rest();
    expect((await ownTypes(order)).slice(-4)).toEqual([
      'shipment.dispatched.v1',
      'order.shipped.v1',
      'shipment.delivered.v1',
      'order.delivered.v1',
    ]);
    const notices = (await sandbox.inbox(email)).filter(({ text }) => text.includes(parcel.trackingNumber));
    expect(notices).toHaveLength(1);
  });

  it('stays where it is when all that was told of it comes again', async () => {
    const email = `${randomUUID()}@example.com`;
    const { order, parcel } = await placeBooked(email);
    await sandbox.pickUp(parcel);
    await shop.becomes(order, { status: 'shipped' });
    await eventually(
      () => sandbox.inbox(email),
      (mails) => mails.length === 2,
    );
    await shop.rest();
    const facts = await shop.timeline(order);

    const [eventId] = await shop.eventsAbout(order, 'shipment.picked_up');
    const [receipt] = await shop.receipts(eventId!);
    expect((await shop.call('POST', `/v1/inbound-webhooks/${receipt!.id}/reprocess`)).status).toBe(202);
    expect(await shop.deliverAgain(order)).toBeGreaterThanOrEqual(facts.length);
    await eventually(
      () => shop.facts<{ receiptId: string }>('webhook.received.v1'),
      (all) => all.filter(({ data }) => data.receiptId === receipt!.id).length === 2,
    );
    await shop.rest();

    expect(await shop.timeline(order)).toEqual(facts);
    expect(await sandbox.parcels(order)).toMatchObject([{ id: parcel.id, status: 'picked_up' }]);
    expect(await sandbox.inbox(email)).toHaveLength(2);
    expect(await shop.deadLetters('shipping')).toEqual([]);
  });

  it('may be picked up before the answer to its booking', async () => {
    await sandbox.behave('carrier', { webhookFirst: true, times: 1 });
    const order = await shop.place();

    await shop.becomes(order, { status: 'shipped' });

    await shop.timelineWith(order, 'order.shipped.v1');
    await shop.rest();
    expect((await ownTypes(order)).slice(-2)).toEqual(['shipment.dispatched.v1', 'order.shipped.v1']);
    await sandbox.parcelThat(order, 'picked_up');
    // The answer came later, and did not set it back.
    expect(await shipments(order)).toEqual([{ status: 'dispatched' }]);
  });

  it('is booked once though the carrier did not answer', async () => {
    await sandbox.behave('carrier', { timeoutAfterBooking: true, times: 1 });
    const order = await shop.place();
    await shop.becomes(order, { status: 'confirmed' });

    await eventually(() => shipments(order), [{ status: 'booked' }], { timeoutMs: 20_000 });

    expect(await sandbox.parcels(order)).toMatchObject([{ status: 'booked' }]);
  });

  it('is called off when the order is cancelled before the carrier has it, and the money goes back', async () => {
    const { order, parcel } = await placeBooked();

    expect((await shop.cancel(order)).status).toBe(202);

    await sandbox.parcelThat(order, 'cancelled');
    await shop.timelineWith(order, 'shipment.cancelled.v1', 'payment.refunded.v1', 'stock.released.v1');
    expect(await sandbox.pickUp(parcel)).toBe(409);
    expect(await money(order)).toBe(0);
    expect(await shop.becomes(order, { status: 'cancelled' })).toMatchObject({ cancellationReason: 'requested' });
  });

  it('that has left keeps the order from being cancelled, and the customer hears what to do', async () => {
    const { order, parcel } = await placeBooked();
    await sandbox.pickUp(parcel);
    await shop.becomes(order, { status: 'shipped' });

    const refused = await shop.cancel(order);

    expect(refused).toMatchObject({
      status: 409,
      body: { status: 409, detail: expect.stringMatching(/shipped already.*Refuse its parcel/) },
    });
    expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    await shop.rest();
    expect(await ownTypes(order)).not.toContain('order.cancelled.v1');
    expect(await money(order)).toBe(order.totalInCents);
  });

  it('comes back when its order was cancelled before anybody knew that it had left', async () => {
    const { order, parcel } = await placeBooked();
    const open = await shop.holdWebhooks();
    try {
      expect(await sandbox.pickUp(parcel)).toBe(200);
      expect((await shop.cancel(order)).status).toBe(202);
      await sandbox.parcelThat(order, 'returning');
    } finally {
      await open();
    }

    const [pickedUp] = await shop.eventsAbout(order, 'shipment.picked_up');
    await eventually(() => shop.receipts(pickedUp!), [{ status: 'received' }], { timeoutMs: 20_000 });
    await shop.timelineWith(order, 'shipment.dispatched.v1', 'shipment.recalled.v1', 'payment.refunded.v1');
    await shop.rest();
    const types = await ownTypes(order);
    expect(types).not.toContain('order.shipped.v1');
    expect(types.filter((type) => type.startsWith('shipment.'))).toEqual([
      'shipment.dispatched.v1',
      'shipment.recalled.v1',
    ]);
    expect(await money(order)).toBe(0);
    await shop.becomes(order, { status: 'cancelled' });
  });

  const meetings: [string, (order: OrderView, parcel: Parcel) => Promise<number>][] = [
    [
      'as its order is cancelled',
      async (order, parcel) => (await Promise.all([shop.cancel(order), sandbox.pickUp(parcel)]))[0].status,
    ],
    [
      'just before its order is cancelled',
      async (order, parcel) => {
        await sandbox.pickUp(parcel);
        return (await shop.cancel(order)).status;
      },
    ],
    [
      'when the gateway has been told so before its order is cancelled',
      async (order, parcel) => {
        await sandbox.pickUp(parcel);
        const [eventId] = await shop.eventsAbout(order, 'shipment.picked_up');
        await eventually(async () => (await shop.receipts(eventId!)).length > 0);
        return (await shop.cancel(order)).status;
      },
    ],
    [
      'when shipping has said so before its order is cancelled',
      async (order, parcel) => {
        await sandbox.pickUp(parcel);
        await eventually(() => shipments(order), [{ status: 'dispatched' }]);
        return (await shop.cancel(order)).status;
      },
    ],
  ];

  it.each(meetings)('picked up %s is shipped or taken back, never both', async (_, race) => {
    const booked = await Promise.all(Array.from({ length: RACES }, () => placeBooked()));

    const answers = await Promise.all(booked.map(({ order, parcel }) => race(order, parcel)));

    for (const [index, { order }] of booked.entries()) {
      const answer = answers[index]!;
      expect([202, 409]).toContain(answer);
      if (answer === 409) {
        await sandbox.parcelThat(order, 'picked_up');
        await shop.becomes(order, { status: 'shipped' });
        await shop.timelineWith(order, 'order.shipped.v1');
      } else {
        await shop.becomes(order, { status: 'cancelled' });
        await shop.timelineWith(order, 'payment.refunded.v1');
        await eventually(
          () => sandbox.parcels(order),
          ([parcel]) => ['cancelled', 'returning'].includes(parcel!.status),
        );
      }
    }
    await shop.rest();
    for (const [index, { order }] of booked.entries()) {
      const isShipped = answers[index] === 409;
      const types = await ownTypes(order);
      expect([types.includes('order.shipped.v1'), types.includes('order.cancelled.v1')]).toEqual([
        isShipped,
        !isShipped,
      ]);
      expect(await money(order)).toBe(isShipped ? order.totalInCents : 0);
      expect(await sandbox.parcels(order)).toHaveLength(1);
      const [{ status }] = (await sandbox.parcels(order)) as [Parcel];
      const ended = {
        picked_up: 'order.shipped.v1',
        cancelled: 'shipment.cancelled.v1',
        returning: 'shipment.recalled.v1',
      };
      expect(types).toContain(ended[status as keyof typeof ended]);
    }
  });
});
