import { randomUUID } from 'node:crypto';
import { eventually } from '@hookshop/testing';
import type { OrderView } from '@hookshop/contracts';
import { ShopClient } from './shop-client.js';
import { stripeHook } from './signed-hooks.js';

/** Sooner, nobody would look at the payment by itself. */
const NOT_BEFORE_LONG = "now() + interval '1 day'";

describe('the webhooks of the payment provider', () => {
  const shop = ShopClient.ofRun();
  const { sandbox } = shop;

  afterEach(() => sandbox.behave('provider', {}));
  afterAll(() => shop.close());

  const placeAuthenticating = async (): Promise<{ order: OrderView; intent: { id: string } }> => {
    const order = await shop.place({ payment: 'pm_card_authenticationRequired' });
    const intent = await sandbox.intentThat(order, 'requires_action');
    return { order, intent };
  };

  /** From now on the payment service does not ask the provider about it, unless somebody gives it a reason to. */
  const looksAway = (order: OrderView, status: string): Promise<unknown> =>
    eventually(
      () =>
        shop.query(
          'payment',
          `UPDATE payments SET next_attempt_at = ${NOT_BEFORE_LONG}
           WHERE order_id = $1 AND status = $2 AND leased_until IS NULL RETURNING id`,
          [order.id, status],
        ),
      (rows) => rows.length === 1,
    );

  /** The ids of the webhooks that led to a fact about the payment of an order; null for what an answer led to. */
  const webhooksBehind = async (order: OrderView, type: string): Promise<(string | null)[]> => {
    const received = await shop.facts<{ webhookId: string }>('webhook.received.v1');
    const webhookIds = new Map(received.map(({ id, data }) => [id, data.webhookId]));
    const facts = await shop.facts<{ orderId: string }>(type);
    return facts
      .filter(({ data }) => data.orderId === order.id)
      .map(({ causationId }) => webhookIds.get(causationId) ?? null);
  };

  const typesAfterRest = async (order: OrderView): Promise<string[]> => {
    await shop.rest();
    return (await shop.timeline(order)).map(({ type }) => type);
  };
  const count = (types: string[], type: string): number => types.filter((one) => one === type).length;

  it('confirm an order whose customer authenticated, without anybody asking the provider', async () => {
    const { order, intent } = await placeAuthenticating();
    await looksAway(order, 'authenticating');

    await sandbox.authenticate(intent);

    await shop.becomes(order, { status: 'confirmed' });
    const [succeeded] = await shop.eventsAbout(order, 'payment_intent.succeeded');
    expect(await webhooksBehind(order, 'payment.captured.v1')).toEqual([succeeded]);
  });

  it('decline an order whose customer failed to authenticate, and close its payment at the provider', async () => {
    const { order, intent } = await placeAuthenticating();
    await looksAway(order, 'authenticating');

    await sandbox.authenticate(intent, 'fail');

    await shop.becomes(order, { status: 'cancelled', cancellationReason: 'payment-declined' });
    await sandbox.intentThat(order, 'canceled');
  });

  it('may come before the answer to the payment: it is captured once', async () => {
    await sandbox.behave('provider', { webhookFirst: true, times: 1 });
    const order = await shop.place();

    await shop.becomes(order, { status: 'confirmed' });

    const [succeeded] = await shop.eventsAbout(order, 'payment_intent.succeeded');
    expect(await eventually(() => shop.receipts(succeeded!))).toMatchObject([{ status: 'received' }]);
    expect(count(await typesAfterRest(order), 'payment.captured.v1')).toBe(1);
    expect(await sandbox.intents(order)).toMatchObject([{ status: 'succeeded' }]);
  });

  it('may come twice: one is received, one is a duplicate, the payment is captured once', async () => {
    await sandbox.behave('provider', { webhookTwice: true, times: 1 });
    const order = await shop.place();
    await shop.becomes(order, { status: 'confirmed' });

    const [succeeded] = await shop.eventsAbout(order, 'payment_intent.succeeded');
    const receipts = await eventually(
      () => shop.receipts(succeeded!),
      (all) => all.length === 2,
    );

    expect(receipts.map(({ status }) => status)).toEqual(['duplicate', 'received']);
    expect(count(await typesAfterRest(order), 'payment.captured.v1')).toBe(1);
    const received = await shop.facts<{ webhookId: string }>('webhook.received.v1');
    expect(received.filter(({ data }) => data.webhookId === succeeded)).toHaveLength(1);
  });

  it('may never come: the order is confirmed all the same', async () => {
    await sandbox.behave('provider', { webhookNever: true });
    const { order, intent } = await placeAuthenticating();
    await sandbox.authenticate(intent);

    await shop.becomes(order, { status: 'confirmed' });

    expect(await webhooksBehind(order, 'payment.captured.v1')).toEqual([null]);
    expect(await shop.eventsAbout(order, 'payment_intent.succeeded')).toEqual([]);
  });

  it('settle a payment whose request timed out', async () => {
    await sandbox.behave('provider', { timeoutAfterCharge: true, times: 1 });
    const order = await shop.place();

    await shop.becomes(order, { status: 'confirmed' });

    const [succeeded] = await shop.eventsAbout(order, 'payment_intent.succeeded');
    expect(await webhooksBehind(order, 'payment.captured.v1')).toEqual([succeeded]);
    expect(await sandbox.intents(order)).toMatchObject([{ status: 'succeeded' }]);
  });

  it('about an authentication after the cancellation of its order have the money returned', async () => {
    const { order, intent } = await placeAuthenticating();
    // The cancellation of the intent comes too late.
    await sandbox.behave('provider', { delayMs: 3_000 });
    await shop.cancel(order);
    await shop.becomes(order, { status: 'cancelled' });

    await sandbox.authenticate(intent);
    await shop.timelineWith(order, 'payment.captured.v1');
    await sandbox.behave('provider', {});

    await shop.timelineWith(order, 'payment.refunded.v1');
    const [succeeded] = await shop.eventsAbout(order, 'payment_intent.succeeded');
    expect(await webhooksBehind(order, 'payment.captured.v1')).toEqual([succeeded]);
    expect(await sandbox.intents(order)).toMatchObject([{ capturedInCents: 9900, refundedInCents: 9900 }]);
    expect(await typesAfterRest(order)).not.toContain('order.confirmed.v1');
    expect(await shop.becomes(order, {})).toMatchObject({ status: 'cancelled', cancellationReason: 'requested' });
  });

  it('tell that a refund was done whose request timed out', async () => {
    const order = await shop.place();
    await shop.becomes(order, { status: 'confirmed' });
    // Longer than the payment service waits for an answer.
    await sandbox.behave('provider', { delayMs: 8_000, times: 1 });
    await shop.cancel(order);
    await eventually(
      () => shop.query('payment', `SELECT id FROM payments WHERE order_id = $1 AND leased_until > now()`, [order.id]),
      (rows) => rows.length === 1,
    );
    await looksAway(order, 'refunding');

    await eventually(
      () => sandbox.refunds(order),
      (refunds) => refunds.length === 1,
    );

    await shop.timelineWith(order, 'payment.refunded.v1');
    expect(await sandbox.refunds(order)).toMatchObject([{ status: 'succeeded', amountInCents: 9900 }]);
  });

  it('about a refund that failed change nothing in that it is tried again until it works', async () => {
    const order = await shop.place();
    await shop.becomes(order, { status: 'confirmed' });
    await sandbox.behave('provider', { failRefunds: true, times: 1 });

    await shop.cancel(order);

    await shop.timelineWith(order, 'payment.refund-failed.v1', 'payment.refunded.v1');
    expect((await sandbox.refunds(order)).map(({ status }) => status)).toEqual(['succeeded', 'failed']);
    const types = await typesAfterRest(order);
    expect([count(types, 'payment.refund-failed.v1'), count(types, 'payment.refunded.v1')]).toEqual([1, 1]);
    const [failed] = await shop.eventsAbout(order, 'refund.failed');
    expect(await shop.receipts(failed!)).toMatchObject([{ status: 'received' }]);
    expect(await shop.deadLetters('payment')).toEqual([]);
  });

  describe('about a payment that the shop does not have', () => {
    const succeeded = (metadata: Record<string, string>) =>
      stripeHook({
        type: 'payment_intent.succeeded',
        object: {
          id: `pi_${randomUUID().replaceAll('-', '')}`,
          object: 'payment_intent',
          status: 'succeeded',
          amount: 9900,
          amount_received: 9900,
          currency: 'usd',
          metadata,
        },
      });

    it('are kept, and are a dead letter when it names an order: an operator reads it and discards it', async () => {
      const orderId = randomUUID();
      const hook = succeeded({ orderId });

      expect((await shop.hook(hook)).status).toBe(202);

      const [receipt] = await shop.receipts(hook.id);
      expect(receipt).toMatchObject({ source: 'stripe', status: 'received' });
      const letter = await eventually(
        async () => (await shop.deadLetters('payment')).find(({ event }) => event.subject === receipt!.id),
        (found) => found !== undefined,
      );
      expect(letter).toMatchObject({
        reaction: 'payment-settle-payment-when-webhook-received',
        reason: 'unprocessable',
        error: expect.stringContaining(orderId),
        event: { type: 'webhook.received.v1', data: { webhookId: hook.id, body: hook.body } },
      });
      expect((await shop.call('DELETE', `/v1/dead-letters/${letter!.id}`)).status).toBe(204);
      expect(await shop.deadLetters('payment')).toEqual([]);
      expect(await shop.receipts(hook.id)).toMatchObject([{ id: receipt!.id }]);
    });

    it("are kept and ignored when it names none: it is somebody else's in the same account", async () => {
      const foreign = async (): Promise<number> => {
        const text = await (await fetch(`${shop.shop.urls['payment']}/metrics`)).text();
        const line = /^provider_webhooks_total\{(?=[^}]*outcome="foreign")[^}]*payment_intent\.succeeded[^}]*\} (\d+)/m;
        return Number(line.exec(text)?.[1] ?? 0);
      };
      const before = await foreign();
      const hook = succeeded({ basket: '42' });

      expect((await shop.hook(hook)).status).toBe(202);

      await eventually(async () => (await foreign()) === before + 1);
      expect(await shop.receipts(hook.id)).toMatchObject([{ status: 'received', reason: null }]);
      await shop.rest();
      expect(await shop.deadLetters('payment')).toEqual([]);
      const payments = await shop.query('payment', 'SELECT id FROM payments WHERE provider_reference = $1', [
        (JSON.parse(hook.body) as { data: { object: { id: string } } }).data.object.id,
      ]);
      expect(payments).toEqual([]);
    });
  });
});
