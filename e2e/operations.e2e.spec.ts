import { eventually } from '@hookshop/testing';
import { randomUUID } from 'node:crypto';
import { reactingServices } from './services.js';
import { ShopClient } from './shop-client.js';

describe('an operator', () => {
  const shop = ShopClient.ofRun();
  afterAll(() => shop.close());

  /** A payment for an order that the order service never placed: it can be handled once the order is there. */
  const aStrayCapture = async (orderId: string): Promise<string> =>
    shop.state('payment.captured.v1', {
      subject: randomUUID(),
      sequence: 1,
      orderId,
      data: {
        paymentId: randomUUID(),
        orderId: 'not-an-id',
        amountInCents: 1,
        currency: 'USD',
        providerReference: 'pi_stray',
      },
    });

  it('reads a dead letter, mends its cause, and redrives it to success', async () => {
    const email = `${randomUUID()}@example.com`;
    await shop.query('crm', `ALTER TABLE customers ADD CONSTRAINT provoked CHECK (lower(email) <> '${email}')`);
    const order = await shop.place({ email });
    await shop.becomes(order, { status: 'confirmed' });
    // Attempts take minutes in all: the last ones are counted as made.
    const letter = await eventually(
      async () => {
        await shop.query('crm', 'UPDATE failed_attempts SET attempts = 7');
        return (await shop.deadLetters('crm')).find(({ event }) => event.subject === order.id);
      },
      (found) => found !== undefined,
      { timeoutMs: 30_000 },
    );
    expect(letter).toMatchObject({
      service: 'crm',
      reason: 'exhausted',
      error: expect.stringMatching(/provoked/),
      event: { type: expect.stringMatching(/^order\./), data: { orderId: order.id } },
    });
    expect(await shop.get(`/v1/dead-letters/${letter!.id}`)).toMatchObject({ id: letter!.id });

    await shop.query('crm', 'ALTER TABLE customers DROP CONSTRAINT provoked');
    expect(await shop.call('POST', '/v1/dead-letters/redrive', { body: { service: 'crm' } })).toMatchObject({
      status: 202,
    });

    await eventually(
      async () => {
        await shop.call('POST', '/v1/dead-letters/redrive', { body: { service: 'crm' } });
        return shop.customer(email);
      },
      { ordersPlaced: 1, ordersConfirmed: 1, lifetimeValueInCents: 9900 },
      { timeoutMs: 30_000 },
    );
    await eventually(
      () => shop.deadLetters('crm'),
      (letters) => letters.every(({ event }) => event.subject !== order.id),
    );
  });

  it('finds a fact that fails validation with its reason, and discards it', async () => {
    const orderId = randomUUID();
    const eventId = await aStrayCapture(orderId);
    const healthy = await shop.place();

    await shop.becomes(healthy, { status: 'confirmed' });
    const letter = await eventually(
      async () => (await shop.deadLetters('order')).find(({ event }) => event.id === eventId),
      (found) => found !== undefined,
    );
    expect(letter).toMatchObject({
      reaction: 'order-confirm-order-when-payment-captured',
      reason: 'invalid',
      error: expect.stringMatching(/orderId/),
    });

    expect((await shop.call('DELETE', `/v1/dead-letters/${letter!.id}`)).status).toBe(204);
    expect((await shop.call('GET', `/v1/dead-letters/${letter!.id}`)).status).toBe(404);
    for (const service of ['crm', 'gateway'] as const) {
      for (const { id, event } of await shop.deadLetters(service)) {
        if (event.id === eventId) await shop.call('DELETE', `/v1/dead-letters/${id}`);
      }
    }
  });

  it('sees every reaction of every service', async () => {
    const reactions = await shop.consumers();

    expect([...new Set(reactions.map(({ service }) => service))].sort()).toEqual([...reactingServices].sort());
    expect(reactions.map(({ reaction }) => reaction)).toContain('inventory-reserve-stock-when-order-placed');
  });

  it('finds every service alive, ready and measurable', async () => {
    for (const [service, url] of Object.entries(shop.shop.urls)) {
      const answers = await Promise.all(['/healthz', '/readyz', '/metrics'].map((path) => fetch(url + path)));
      expect([service, ...answers.map(({ status }) => status)]).toEqual([service, 200, 200, 200]);
    }
  });
});
