import { jest } from '@jest/globals';
import { bytesOfWebhook } from '@hookshop/contracts';
import { eventually } from '@hookshop/testing';
import { InboundUnderTest, signed, type Webhook } from '../testing/inbound-under-test.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

describe('a webhook with a genuine signature', () => {
  let shop: InboundUnderTest;

  beforeAll(async () => {
    shop = await InboundUnderTest.start();
  });
  afterAll(() => shop.stop());

  const senders: [string, (body?: string) => Webhook][] = [
    ['stripe', () => signed.stripe()],
    ['carrier', () => signed.carrier()],
    ['github', () => signed.github()],
    ['shopify', () => signed.shopify()],
    ['esign', () => signed.esign({ documentId: 'doc_1', signer: 'ada@example.com' })],
  ];

  it.each(senders)('of %s is taken: its receipt and its fact tell of the very bytes', async (source, webhook) => {
    const sent = webhook();
    const { id, status } = await shop.take(sent);

    expect(status).toBe('received');
    const [fact] = await shop.facts(({ data }) => data.receiptId === id);
    expect(fact!.source).toBe(`/gateway/hooks/${source}`);
    expect(fact!.data).toMatchObject({ source, replaySuspected: false, encoding: 'utf8' });
    expect(bytesOfWebhook(fact!.data).toString()).toBe(sent.body);
    const shown = await shop.gateway.fetch(`/v1/inbound-webhooks/${id}`, { as: 'admin' });
    expect(await shown.json()).toMatchObject({ source, status: 'received', body: sent.body, reason: null });
  });

  it.each(senders)('of %s is a duplicate when it comes again, and nothing more happens', async (source, webhook) => {
    const sent = webhook();
    const { id } = await shop.take(sent);

    const again = await shop.send(sent);

    expect(again.status).toBe(200);
    const copy = (await again.json()) as { id: string; status: string };
    expect(copy.status).toBe('duplicate');
    const shown = await shop.gateway.fetch(`/v1/inbound-webhooks/${copy.id}`, { as: 'admin' });
    expect(await shown.json()).toMatchObject({ source, status: 'duplicate', duplicateOf: id, body: null });
    await eventually(() => shop.outboxIsEmpty());
    expect(await shop.facts(({ data }) => data.receiptId === id || data.receiptId === copy.id)).toHaveLength(1);
  });

  it('is taken once however many copies arrive at the same time, at however many instances', async () => {
    const other = await shop.startInstance();
    const sent = signed.stripe();

    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => shop.send(sent, index % 2 ? other : shop.gateway)),
    );

    expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(39).fill(200), 202]);
    const { id } = JSON.parse(sent.body as string) as { id: string };
    const [{ receipts }] = (await shop.database.query(
      `SELECT count(*)::int AS receipts FROM inbound_webhooks WHERE webhook_id = $1 AND status = 'received'`,
      [id],
    )) as [{ receipts: number }];
    expect(receipts).toBe(1);
    await eventually(() => shop.outboxIsEmpty());
    expect(await shop.facts(({ data }) => data.webhookId === id)).toHaveLength(1);
  });

  it('of one source does not stand in the way of the same id from another', async () => {
    await shop.take(signed.github('{"a":1}', 'the-same-id'));
    await shop.take(signed.shopify('{"a":1}', 'the-same-id'));
  });

  it('keeps bytes that are no text, and text that JSON would blow up, as they are', async () => {
    for (const body of [Buffer.from([0xff, 0xfe, 0x00, 0x41]), Buffer.alloc(1_000, 1), Buffer.from('a\0b')]) {
      const { id } = await shop.take(signed.github(body));

      const [fact] = await shop.facts(({ data }) => data.receiptId === id);
      expect(fact!.data.encoding).toBe('base64');
      expect(bytesOfWebhook(fact!.data).equals(body)).toBe(true);
    }
  });

  it('may be as large as the limit, whatever is in it', async () => {
    const mebibyte = 1024 * 1024;
    for (const character of ['"', '\x01', 'ÿ']) {
      const body = Buffer.from(character.repeat(mebibyte)).subarray(0, mebibyte);
      const { id } = await shop.take(signed.github(body));
      const [fact] = await shop.facts(({ data }) => data.receiptId === id);
      expect(bytesOfWebhook(fact!.data).equals(body)).toBe(true);
    }
  });
});
