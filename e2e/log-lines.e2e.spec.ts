import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '@hookshop/testing';
import { reactingServices } from './services.js';
import { ShopClient } from './shop-client.js';

type Line = Record<string, unknown> & { level: string; msg: string };

describe('the lines of a log', () => {
  const shop = ShopClient.ofRun();
  afterAll(() => shop.close());

  const logOf = (service: string): Promise<string> =>
    readFile(join(shop.shop.dataDir, 'logs', `${service}.log`), 'utf8');

  /** What the reactions of a service wrote about these events. */
  async function linesAbout(service: string, eventIds: readonly string[]): Promise<Line[]> {
    const lines = (await logOf(service)).split('\n').filter((line) => line.startsWith('{"'));
    return lines
      .filter((line) => eventIds.some((id) => line.includes(id)))
      .map((line) => JSON.parse(line) as Line)
      .filter(({ reaction, eventId }) => reaction !== undefined && eventIds.includes(String(eventId)));
  }

  const inboxOf = (service: string, eventIds: readonly string[]): Promise<{ reaction: string; eventId: string }[]> =>
    shop.query(service, 'SELECT reaction, event_id AS "eventId" FROM inbox WHERE event_id = ANY($1)', [eventIds]);

  it('are one for each message that a reaction took, in every service, with its trace and its order', async () => {
    const order = await shop.place();
    const facts = await shop.timelineWith(order, 'order.confirmed.v1', 'email.sent.v1');
    await shop.rest();
    const eventIds = facts.map(({ id }) => id);

    const heard: string[] = [];
    for (const service of reactingServices) {
      const taken = (await inboxOf(service, eventIds)).map(({ reaction, eventId }) => `${reaction} ${eventId}`);
      const lines = (await linesAbout(service, eventIds)).filter(({ outcome }) => outcome === 'handled');

      expect(lines.map(({ reaction, eventId }) => `${String(reaction)} ${String(eventId)}`).sort()).toEqual(
        taken.sort(),
      );
      for (const line of lines) {
        expect(line).toMatchObject({
          service,
          level: 'info',
          correlationId: order.id,
          traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
          durationMs: expect.any(Number),
        });
      }
      expect(new Set(lines.map(({ traceId }) => traceId)).size).toBe(Math.min(lines.length, 1));
      if (taken.length > 0) heard.push(service);
    }
    expect(heard).toEqual(
      expect.arrayContaining(['gateway', 'order', 'inventory', 'payment', 'crm', 'email', 'shipping']),
    );
  });

  it('are one more when a message comes again, which says that it was known', async () => {
    const order = await shop.place();
    await shop.timelineWith(order, 'email.sent.v1');
    await shop.rest();
    const eventIds = (await shop.timeline(order)).map(({ id }) => id);
    const before = (await inboxOf('crm', eventIds)).length;
    await shop.deliverAgain(order);
    await shop.rest();

    const lines = await eventually(
      () => linesAbout('crm', eventIds),
      (found) => found.length >= 2 * before,
    );
    expect(lines.map(({ outcome }) => outcome).sort()).toEqual([
      ...Array.from({ length: before }, () => 'duplicate'),
      ...Array.from({ length: before }, () => 'handled'),
    ]);
  });

  it('tell of a dead letter once for each reaction that gave it up, and nothing of what it holds', async () => {
    const orderId = randomUUID();
    const written = ['Tricia McMillan', 'tricia.mcmillan', '7 Islington Square', 'Rickmansworth', 'pm_card_tricia'];
    const [name, email, line1, city, method] = written;
    const eventId = await shop.state('order.placed.v1', {
      subject: orderId,
      sequence: 1,
      orderId,
      data: {
        orderId: name,
        customer: { email, name: { first: name } },
        lines: [{ sku: city, quantity: line1 }],
        paymentMethod: method,
        shippingAddress: { line1, city, country: line1 },
        placedAt: name,
      },
    });
    const reactions = {
      crm: ['crm-register-customer-when-order-placed'],
      gateway: ['gateway-fan-out-to-endpoints', 'gateway-record-timeline'],
      inventory: ['inventory-reserve-stock-when-order-placed'],
    };
    for (const [service, expected] of Object.entries(reactions)) {
      const lines = await eventually(
        () => linesAbout(service, [eventId]),
        (found) => found.length >= expected.length,
      );
      expect(lines.map(({ reaction }) => reaction).sort()).toEqual(expected);
      for (const line of lines) {
        expect(line).toMatchObject({ level: 'error', outcome: 'dead', reason: 'invalid', correlationId: orderId });
      }
    }

    await shop.rest();
    for (const service of reactingServices) {
      const log = await logOf(service);
      expect({ service, found: written.filter((text) => log.includes(text)) }).toEqual({ service, found: [] });
      // Other specs expect the books as they were.
      for (const { id, event } of await shop.deadLetters(service)) {
        if (event.id === eventId) await shop.call('DELETE', `/v1/dead-letters/${id}`);
      }
    }
  });
});
