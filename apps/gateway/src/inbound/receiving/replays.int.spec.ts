import { jest } from '@jest/globals';
import { eventually } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import type { WholeReceiptView } from '../receipts/receipt-view.js';
import { InboundUnderTest, signed, type Webhook } from '../testing/inbound-under-test.js';

// Boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

interface Answer {
  status: number;
  id: string;
}

/** What no sender signs here: the same body may come under any id. */
const unsigned: [source: string, webhook: (body: string, id: string) => Webhook][] = [
  ['github', (body, id) => signed.github(body, id)],
  ['shopify', (body, id) => signed.shopify(body, id)],
];
const newBody = (): string => JSON.stringify({ action: uuidv7() });

describe('a webhook that comes again', () => {
  let shop: InboundUnderTest;

  beforeAll(async () => {
    shop = await InboundUnderTest.start({}, 2);
  });
  afterAll(() => shop.stop());

  const send = async (webhook: Webhook, gateway = shop.gateway): Promise<Answer> => {
    const response = await shop.send(webhook, gateway);
    return { status: response.status, id: ((await response.json()) as { id: string }).id };
  };
  const show = async (id: string): Promise<WholeReceiptView> => {
    const response = await shop.gateway.fetch(`/v1/inbound-webhooks/${id}`, { as: 'admin' });
    return (await response.json()) as WholeReceiptView;
  };
  const statedOf = async (id: string) => (await shop.facts(({ data }) => data.receiptId === id))[0]!.data;
  const hoursOf = async (webhookId: string): Promise<number> => {
    const [row] = await shop.database.query<{ hours: number }>(
      `SELECT round(extract(epoch FROM forgotten_at - now()) / 3600)::int AS hours FROM inbound_ids WHERE webhook_id = $1`,
      [webhookId],
    );
    return row!.hours;
  };
  /** As if everything had happened a window ago. */
  const endWindow = async (): Promise<void> => {
    await shop.database.query(`UPDATE inbound_ids SET forgotten_at = now() WHERE forgotten_at IS NOT NULL`);
    await shop.database.query(`UPDATE inbound_webhooks SET received_at = received_at - interval '24 hours'`);
  };
  const suspected = async (source: string): Promise<number> => {
    const counts = await Promise.all(
      shop.gateways.map(async (gateway) => {
        const metrics = await (await gateway.fetch('/metrics', { as: null })).text();
        const counter = new RegExp(`^inbound_replays_suspected_total\\{source="${source}"\\} (\\d+)$`, 'm');
        return Number(counter.exec(metrics)?.[1] ?? 0);
      }),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  };

  it.each(unsigned)('from %s is a duplicate within 24 hours, also with another body', async (_, webhook) => {
    const id = uuidv7();
    const first = await send(webhook(newBody(), id));

    const again = await send(webhook(newBody(), id));

    expect([first.status, again.status]).toEqual([202, 200]);
    expect(await show(again.id)).toMatchObject({ status: 'duplicate', webhookId: id, duplicateOf: first.id });
    expect(await hoursOf(id)).toBe(24);
  });

  it('is remembered for as long as the configuration says', async () => {
    const id = uuidv7();
    await send(signed.github(newBody(), id), await shop.startInstance({ inboundReplayWindowHours: 2 }));

    expect(await hoursOf(id)).toBe(2);
  });

  it.each(unsigned)('from %s is taken anew once its id is forgotten, and remembered anew', async (_, webhook) => {
    const sent = webhook(newBody(), uuidv7());
    const first = await send(sent);
    await endWindow();

    const anew = await send(sent);
    const again = await send(sent);

    expect([first.status, anew.status, again.status]).toEqual([202, 202, 200]);
    expect(await show(anew.id)).toMatchObject({ status: 'received', replaySuspected: false, body: sent.body });
    expect(await show(again.id)).toMatchObject({ duplicateOf: anew.id });
    await statedOf(anew.id);
  });

  it.each(unsigned)('from %s under another id is taken, and suspected to be a replay', async (source, webhook) => {
    const body = newBody();
    const first = await send(webhook(body, uuidv7()));
    const before = await suspected(source);

    const replayed = await send(webhook(body, uuidv7()));

    expect([first.status, replayed.status]).toEqual([202, 202]);
    expect(await show(first.id)).toMatchObject({ replaySuspected: false });
    expect(await show(replayed.id)).toMatchObject({ status: 'received', replaySuspected: true, body });
    expect(await statedOf(first.id)).toMatchObject({ replaySuspected: false });
    expect(await statedOf(replayed.id)).toMatchObject({ replaySuspected: true });
    expect(await suspected(source)).toBe(before + 1);
  });

  it.each(unsigned)('from %s under another id is nothing suspicious after 24 hours', async (_, webhook) => {
    const body = newBody();
    await send(webhook(body, uuidv7()));
    await endWindow();

    expect(await show((await send(webhook(body, uuidv7()))).id)).toMatchObject({ replaySuspected: false });
  });

  it.each([
    ['one instance', 1],
    ['two instances', 2],
  ])('under other ids at the same moment, at %s, is suspected each time but once', async (_, instances) => {
    for (let round = 0; round < 5; round += 1) {
      const body = newBody();
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_none, index) =>
          send(signed.github(body, uuidv7()), shop.gateways[index % instances]),
        ),
      );

      const shown = await Promise.all(answers.map(({ id }) => show(id)));
      expect(shown.filter(({ status }) => status === 'received')).toHaveLength(10);
      expect(shown.filter(({ replaySuspected }) => replaySuspected)).toHaveLength(9);
    }
  });

  it('from one source is not suspected for what another has sent', async () => {
    const body = newBody();
    await send(signed.github(body));

    expect(await show((await send(signed.shopify(body))).id)).toMatchObject({ replaySuspected: false });
  });

  it('is a duplicate however often it comes, and never suspected for it', async () => {
    const before = await suspected('github');
    const webhook = signed.github(newBody());
    await send(webhook);

    const again = [await send(webhook), await send(webhook)];

    expect(again.map(({ status }) => status)).toEqual([200, 200]);
    for (const { id } of again) expect(await show(id)).toMatchObject({ status: 'duplicate', replaySuspected: false });
    expect(await suspected('github')).toBe(before);
    await eventually(() => shop.outboxIsEmpty());
  });

  it.each([
    ['stripe', () => signed.stripe()],
    ['carrier', () => signed.carrier()],
  ])('from %s, which signs its ids, is a duplicate as long as its receipt is kept', async (_, webhook) => {
    const sent = webhook();
    const { id } = await send(sent);
    await endWindow();

    const again = await send(sent);

    expect(again.status).toBe(200);
    expect(await show(again.id)).toMatchObject({ duplicateOf: id });
  });

  it('from the carrier with the body of another is no replay: its id is signed', async () => {
    const body = newBody();
    await send(signed.carrier(body));

    expect(await show((await send(signed.carrier(body))).id)).toMatchObject({
      status: 'received',
      replaySuspected: false,
    });
    expect(await suspected('carrier')).toBe(0);
  });
});
