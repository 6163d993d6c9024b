import { jest } from '@jest/globals';
import type { Page } from '@hookshop/contracts';
import type { ReceiptView, WholeReceiptView } from '../receipts/receipt-view.js';
import { InboundUnderTest, signed, type Webhook } from '../testing/inbound-under-test.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

const KIB = 1024;
const forged = (source: string, body: string | Buffer = '{}', headers = {}): Webhook => ({ source, body, headers });

describe('webhooks that nobody we know has signed', () => {
  let shop: InboundUnderTest;

  beforeAll(async () => {
    shop = await InboundUnderTest.start();
  });
  afterAll(() => shop.stop());

  const rejectedOf = async (source: string): Promise<ReceiptView[]> => {
    const response = await shop.gateway.fetch(`/v1/inbound-webhooks?status=rejected&source=${source}&limit=100`, {
      as: 'admin',
    });
    return ((await response.json()) as Page<ReceiptView>).data;
  };
  const lastOf = async (source: string): Promise<WholeReceiptView> => {
    const [{ id }] = (await rejectedOf(source)) as [ReceiptView];
    return (await (await shop.gateway.fetch(`/v1/inbound-webhooks/${id}`, { as: 'admin' })).json()) as WholeReceiptView;
  };

  it('are each written down with their reason, their headers and where they came from, and are no facts', async () => {
    await shop.send(forged('stripe', '{"id":"evt_1"}', { 'x-sender': 'somebody', cookie: 'session=1' }));

    expect(await lastOf('stripe')).toMatchObject({
      source: 'stripe',
      status: 'rejected',
      webhookId: null,
      reason: 'stripe-signature is missing',
      duplicateOf: null,
      replaySuspected: false,
      address: '127.0.0.1',
      headers: { 'x-sender': ['somebody'], cookie: ['[not kept]'] },
      body: '{"id":"evt_1"}',
      bodyEncoding: 'utf8',
      bodySize: 14,
      bodyTruncated: false,
    });
    expect(await shop.outboxIsEmpty()).toBe(true);
  });

  it('take no id: the genuine one is taken afterwards', async () => {
    const webhook = signed.github();
    await shop.send({ ...webhook, headers: { ...webhook.headers, 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` } });

    await shop.take(webhook);
  });

  it.each([
    [16 * KIB, false],
    [16 * KIB + 1, true],
  ])('are kept with at most 16 KiB of their body: of %d bytes that is not all: %j', async (size, bodyTruncated) => {
    await shop.send(forged('carrier', 'a'.repeat(size)));

    const { body, ...shown } = await lastOf('carrier');
    expect(shown).toMatchObject({ bodySize: size, bodyTruncated, bodyEncoding: 'utf8' });
    expect(body).toHaveLength(16 * KIB);
  });

  it('are shown as base64 where their bytes are no text', async () => {
    await shop.send(forged('carrier', Buffer.from([0xff, 0x00])));

    expect(await lastOf('carrier')).toMatchObject({ body: '/wA=', bodyEncoding: 'base64', bodySize: 2 });
  });

  it('are each written down when they come together', async () => {
    const before = (await rejectedOf('shopify')).length;
    await Promise.all(Array.from({ length: 20 }, () => shop.send(forged('shopify'))));

    const rejected = await rejectedOf('shopify');
    expect(rejected.length - before).toBe(20);
    expect(new Set(rejected.map(({ id }) => id)).size).toBe(rejected.length);
  });

  it('are written down 600 times a minute, source by source, and refused alike after that', async () => {
    const statuses = new Set<number>();
    for (let sent = 0; sent < 620; sent += 20) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => shop.send(forged('esign'))));
      for (const { status } of answers) statuses.add(status);
    }
    await shop.send(forged('github'));

    expect([...statuses]).toEqual([401]);
    const rows = await shop.database.query(
      `SELECT source, count(*)::int FROM inbound_webhooks WHERE source = 'esign' AND status = 'rejected' GROUP BY source`,
    );
    expect(rows).toEqual([{ source: 'esign', count: 600 }]);
    expect((await rejectedOf('github')).length).toBeGreaterThan(0);
  });
});

describe('an address that fails again and again', () => {
  let shop: InboundUnderTest;

  beforeAll(async () => {
    shop = await InboundUnderTest.start({ inboundFailuresPerMinute: 60 });
  });
  afterAll(() => shop.stop());

  it('hears 429 from the 61st failure in a minute on, at that source, while good ones are taken', async () => {
    for (let failures = 0; failures < 60; failures += 1) {
      expect((await shop.send(forged('stripe'))).status).toBe(401);
      if (failures % 20 === 0) await shop.take(signed.stripe());
    }

    // Who somebody says to be does not count.
    const limited = await shop.send(forged('stripe', '{}', { 'x-forwarded-for': '192.0.2.1' }));
    expect(limited.status).toBe(429);
    const seconds = Number(limited.headers.get('retry-after'));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(await limited.json()).toMatchObject({ detail: 'Too many webhooks from this address failed.' });

    await shop.take(signed.stripe());
    expect((await shop.send(forged('carrier'))).status).toBe(401);
    await shop.take(signed.carrier());
    const [row] = await shop.database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM inbound_webhooks WHERE source = 'stripe' AND status = 'rejected'`,
    );
    expect(row).toEqual({ count: 60 });
  });

  it('is counted among the outcomes', async () => {
    const metrics = await (await shop.gateway.fetch('/metrics', { as: null })).text();

    expect(metrics).toMatch(/^inbound_webhooks_total\{source="stripe",outcome="rejected"\} 60$/m);
    expect(metrics).toMatch(/^inbound_webhooks_total\{source="stripe",outcome="limited"\} 1$/m);
    expect(metrics).toMatch(/^inbound_webhooks_total\{source="stripe",outcome="received"\} 4$/m);
  });
});
