import { eventually } from '@hookshop/testing';
import { randomUUID } from 'node:crypto';
import { ShopClient } from './shop-client.js';

describe('an order', () => {
  const shop = ShopClient.ofRun();
  afterAll(() => shop.close());

  const aCustomer = (): string => `${randomUUID()}@example.com`;

  it('is confirmed, paid, committed, mailed and remembered', async () => {
    const email = aCustomer();
    const before = await shop.product('MOUSE-01');
    const order = await shop.place({ sku: 'MOUSE-01', quantity: 2, email });
    expect(order).toMatchObject({ status: 'placed', totalInCents: 9800, cancellationReason: null });

    await shop.becomes(order, { status: 'confirmed' });

    expect(await shop.sandbox.intents(order)).toMatchObject([{ status: 'succeeded', amountInCents: 9800 }]);
    const [mail] = await eventually(
      () => shop.sandbox.inbox(email),
      (mails) => mails.length === 1,
    );
    expect(mail!.subject).toMatch(/confirmed/i);
    expect(mail!.text).toContain('$98.00');
    expect(mail!.html).toContain('Wireless mouse');
    await eventually(() => shop.customer(email), {
      ordersPlaced: 1,
      ordersConfirmed: 1,
      lifetimeValueInCents: 9800,
      segment: 'new',
    });
    const after = await eventually(
      () => shop.product('MOUSE-01'),
      ({ reserved }) => reserved === before.reserved,
    );
    expect(after.available).toBe(before.available - 2);
    const facts = await shop.timelineWith(order, 'email.sent.v1', 'customer.registered.v1');
    expect(facts.map(({ type }) => type).filter((type) => /^(order|stock|payment)\./.test(type))).toEqual([
      'order.placed.v1',
      'stock.reserved.v1',
      'order.payment-requested.v1',
      'payment.captured.v1',
      'order.confirmed.v1',
    ]);
  });

  it('is cancelled when it is out of stock, and nothing is charged', async () => {
    const email = aCustomer();
    const order = await shop.place({ sku: 'DESK-01', quantity: 1_000_000, email });

    await shop.becomes(order, { status: 'cancelled', cancellationReason: 'out-of-stock' });

    expect(await shop.sandbox.intents(order)).toEqual([]);
    const [mail] = await eventually(
      () => shop.sandbox.inbox(email),
      (mails) => mails.length === 1,
    );
    expect(mail!.subject).toMatch(/cancelled/i);
  });

  it('is cancelled when the payment is declined, and its stock is released', async () => {
    const before = await shop.product('LAMP-01');
    const order = await shop.place({ sku: 'LAMP-01', payment: 'pm_card_chargeDeclined' });

    await shop.becomes(order, { status: 'cancelled', cancellationReason: 'payment-declined' });

    await shop.timelineWith(order, 'payment.declined.v1', 'stock.released.v1');
    expect(await shop.product('LAMP-01')).toEqual(before);
  });

  it('cancelled by its customer before confirmation frees its stock and is never charged', async () => {
    const before = await shop.product('CHAIR-01');
    const order = await shop.place({ sku: 'CHAIR-01', payment: 'pm_card_authenticationRequired' });
    await eventually(
      () => shop.sandbox.intents(order),
      (intents) => intents[0]?.status === 'requires_action',
    );

    const cancelled = await shop.cancel(order);
    expect(cancelled).toMatchObject({ status: 202, body: { status: 'cancelled', cancellationReason: 'requested' } });

    await eventually(
      () => shop.sandbox.intents(order),
      (intents) => intents[0]?.status === 'canceled',
    );
    await eventually(() => shop.product('CHAIR-01'), { available: before.available, reserved: before.reserved });
  });

  it('cancelled by its customer after confirmation is refunded once and leaves no value behind', async () => {
    const email = aCustomer();
    const before = await shop.product('STAND-01');
    const order = await shop.place({ sku: 'STAND-01', email });
    await shop.becomes(order, { status: 'confirmed' });

    expect((await shop.cancel(order)).status).toBe(202);
    expect((await shop.cancel(order)).status).toBe(202);

    await shop.timelineWith(order, 'payment.refunded.v1', 'stock.released.v1');
    expect(await shop.sandbox.refunds(order)).toMatchObject([{ amountInCents: 5900 }]);
    await eventually(() => shop.product('STAND-01'), { available: before.available, reserved: before.reserved });
    await eventually(() => shop.customer(email), { ordersPlaced: 1, lifetimeValueInCents: 0 });
    await eventually(
      () => shop.sandbox.inbox(email),
      (mails) => mails.some(({ subject }) => /cancelled/i.test(subject)),
    );
    const facts = await shop.timeline(order);
    expect(facts.filter(({ type }) => type === 'order.cancelled.v1')).toHaveLength(1);
  });

  it('that nobody answers in time is cancelled at its deadline and its payment never completes', async () => {
    const order = await shop.place({ sku: 'WEBCAM-01', payment: 'pm_card_authenticationRequired' });
    await shop.becomes(order, { status: 'awaiting-payment' });
    await eventually(
      () => shop.sandbox.intents(order),
      (intents) => intents.length === 1,
    );
    await shop.query('order', `UPDATE orders SET deadline_at = now() - interval '1 second' WHERE id = $1`, [order.id]);

    await shop.becomes(order, { status: 'cancelled', cancellationReason: 'timed-out' });

    await eventually(
      () => shop.sandbox.intents(order),
      (intents) => intents[0]?.status === 'canceled',
    );
    await shop.timelineWith(order, 'stock.released.v1');
  });

  it('whose customer authenticated just as it was cancelled is refunded', async () => {
    const order = await shop.place({ payment: 'pm_card_authenticationRequired' });
    const [intent] = await eventually(
      () => shop.sandbox.intents(order),
      (intents) => intents[0]?.status === 'requires_action',
    );
    await shop.sandbox.authenticate(intent!);
    await shop.cancel(order);

    await shop.becomes(order, { status: 'cancelled' });
    await eventually(
      () => shop.sandbox.refunds(order),
      (refunds) => refunds.length === 1,
    );
    await shop.timelineWith(order, 'payment.refunded.v1');
  });

  it('and another for the last piece end with one confirmed and one out of stock', async () => {
    await shop.call('POST', '/v1/products/RARE-01/restock', { body: { quantity: 1 } });
    const { available } = await shop.product('RARE-01');
    const orders = await Promise.all(Array.from({ length: available + 1 }, () => shop.place({ sku: 'RARE-01' })));

    const ended = await Promise.all(
      orders.map(({ id }) =>
        eventually(
          () => shop.get<{ status: string; cancellationReason: string | null }>(`/v1/orders/${id}`),
          ({ status }) => ['confirmed', 'cancelled'].includes(status),
        ),
      ),
    );

    expect(ended.filter(({ status }) => status === 'confirmed')).toHaveLength(available);
    expect(ended.filter(({ cancellationReason }) => cancellationReason === 'out-of-stock')).toHaveLength(1);
    await eventually(() => shop.product('RARE-01'), { available: 0, reserved: 0 });
  });

  it('is charged once when the provider charges and does not answer', async () => {
    await shop.sandbox.behave('provider', { timeoutAfterCharge: true, times: 1 });
    const order = await shop.place();

    await shop.becomes(order, { status: 'confirmed' });

    expect((await shop.sandbox.intents(order)).filter(({ status }) => status === 'succeeded')).toHaveLength(1);
  });

  it('whose every fact is delivered twice changes nothing the second time', async () => {
    const email = aCustomer();
    const order = await shop.place({ email });
    await shop.becomes(order, { status: 'confirmed' });
    const facts = await shop.timelineWith(order, 'email.sent.v1', 'customer.registered.v1');
    await shop.rest();
    const product = await shop.product('KEYB-01');
    const customer = await shop.customer(email);

    expect(await shop.deliverAgain(order)).toBeGreaterThanOrEqual(facts.length);
    await shop.rest();

    expect(await shop.product('KEYB-01')).toEqual(product);
    expect(await shop.customer(email)).toEqual(customer);
    expect(await shop.timeline(order)).toEqual(facts);
    expect(await shop.sandbox.intents(order)).toHaveLength(1);
    expect(await shop.sandbox.inbox(email)).toHaveLength(1);
    expect(await shop.deadLetters('order')).toEqual([]);
  });

  it('whose facts arrive last to first is neither reserved, charged nor confirmed by mail', async () => {
    const orderId = randomUUID();
    const email = aCustomer();
    const before = await shop.product('DOCK-01');
    const told = {
      orderId,
      customer: { email, name: 'Ada' },
      lines: [{ sku: 'DOCK-01', name: 'Dock', quantity: 1, unitPriceInCents: 18900 }],
      totalInCents: 18900,
      currency: 'USD',
    };
    const shippingAddress = { line1: '1 Main St', city: 'Springfield', postalCode: '12345', country: 'US' };
    const at = new Date().toISOString();
    const of = (sequence: number, data: object) => ({ subject: orderId, orderId, sequence, data });

    await shop.state('order.cancelled.v1', of(4, { ...told, reason: 'requested', cancelledAt: at }));
    await shop.rest();
    await shop.state('order.confirmed.v1', of(3, { ...told, shippingAddress, confirmedAt: at }));
    await shop.state(
      'order.payment-requested.v1',
      of(2, { orderId, amountInCents: 18900, currency: 'USD', paymentMethod: 'pm_card_visa' }),
    );
    await shop.state('order.placed.v1', of(1, { ...told, shippingAddress, placedAt: at }));
    await shop.rest();

    expect(await shop.product('DOCK-01')).toEqual(before);
    expect(await shop.sandbox.intents({ id: orderId })).toEqual([]);
    expect(
      (
        await eventually(
          () => shop.sandbox.inbox(email),
          (mails) => mails.length > 0,
        )
      ).map(({ subject }) => subject),
    ).toEqual([expect.stringMatching(/cancelled/i)]);
    expect(await eventually(() => shop.customer(email), { ordersPlaced: 1 })).toMatchObject({
      ordersConfirmed: 0,
      lifetimeValueInCents: 0,
    });
  });
});
