import { jest } from '@jest/globals';
import { bytesOfWebhook, type Page } from '@hookshop/contracts';
import { v7 as uuidv7 } from 'uuid';
import type { Role } from '../../authentication/caller.js';
import { InboundUnderTest, signed, type Webhook } from '../testing/inbound-under-test.js';
import type { ReceiptView, WholeReceiptView } from './receipt-view.js';
import type { ReprocessedView } from './reprocess-receipt.js';

// Boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

describe('inbound webhooks', () => {
  let shop: InboundUnderTest;

  beforeAll(async () => {
    shop = await InboundUnderTest.start();
  });
  afterAll(() => shop.stop());

  const call = (path = '', method = 'GET', as: Role | null = 'admin'): Promise<Response> =>
    shop.gateway.fetch(`/v1/inbound-webhooks${path}`, { as, method });
  const list = async (query: string): Promise<Page<ReceiptView>> =>
    (await (await call(`?${query}`)).json()) as Page<ReceiptView>;
  const show = async (id: string): Promise<WholeReceiptView> =>
    (await (await call(`/${id}`)).json()) as WholeReceiptView;
  const sent = async (webhook: Webhook): Promise<string> =>
    ((await (await shop.send(webhook)).json()) as { id: string }).id;
  /** A receipt of each status under one id of a sender; the id of the rejected one, which has none, last. */
  async function one(): Promise<{ webhookId: string; received: string; duplicate: string; rejected: string }> {
    const webhookId = uuidv7();
    const webhook = signed.github('{"action":"opened"}', webhookId);
    const received = await sent(webhook);
    const duplicate = await sent(webhook);
    await shop.send({ ...webhook, body: '{}' });
    const { data } = await list('status=rejected&limit=1');
    return { webhookId, received, duplicate, rejected: data[0]!.id };
  }

  describe('as a list', () => {
    it('are found by status', async () => {
      const ids = await one();

      for (const status of ['received', 'duplicate', 'rejected'] as const) {
        const { data } = await list(`status=${status}`);
        expect(data.every((receipt) => receipt.status === status)).toBe(true);
        expect(data[0]).toMatchObject({ id: ids[status], source: 'github', status });
      }
    });

    it('are found by source, and by the id that their sender gave them', async () => {
      const { webhookId, received, duplicate, rejected } = await one();
      await sent(signed.shopify('{}', webhookId));

      expect((await list('source=shopify')).data.map(({ source }) => source)).toContain('shopify');
      expect((await list('source=shopify')).data.every(({ source }) => source === 'shopify')).toBe(true);
      expect((await list('source=github&limit=3')).data.map(({ id }) => id)).toEqual([rejected, duplicate, received]);
      expect((await list(`webhookId=${webhookId}`)).data).toHaveLength(3);
      const both = await list(`webhookId=${webhookId}&source=github`);
      expect(both.data.map(({ id }) => id)).toEqual([duplicate, received]);
      expect((await list(`webhookId=${webhookId}&source=github&status=received`)).data).toHaveLength(1);
      expect(await list('source=unknown')).toEqual({ data: [], nextCursor: null });
    });

    it('come newest first, page by page, each once', async () => {
      const ids: string[] = [];
      for (let count = 0; count < 7; count += 1) ids.push(await sent(signed.carrier()));
      const pages: string[][] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page: Page<ReceiptView> = await list(`source=carrier&limit=3${cursor && `&cursor=${cursor}`}`);
        pages.push(page.data.map(({ id }) => id));
        cursor = page.nextCursor;
      }

      expect(pages.map(({ length }) => length)).toEqual([3, 3, 1]);
      expect(pages.flat()).toEqual(ids.toReversed());
      expect(await list(`source=carrier&limit=7`)).toMatchObject({ nextCursor: null });
    });

    it('show what they are, without bodies and headers', async () => {
      const { webhookId, received } = await one();
      const { data } = await list(`webhookId=${webhookId}&status=received`);

      expect(data).toEqual([
        {
          id: received,
          source: 'github',
          status: 'received',
          webhookId,
          reason: null,
          duplicateOf: null,
          replaySuspected: expect.any(Boolean) as boolean,
          receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
        },
      ]);
    });

    it.each(['status=lost', 'limit=0', 'limit=101', 'cursor=1', 'colour=red', `webhookId=${'x'.repeat(256)}`])(
      'are not found by %s: 400',
      async (query) => {
        expect((await call(`?${query}`)).status).toBe(400);
      },
    );
  });

  describe('one by one', () => {
    it('are shown as they came, with every header', async () => {
      const webhook = signed.github('{"name":"Zoë 😀"}');
      const id = await sent({ ...webhook, headers: { ...webhook.headers, 'x-sender': 'somebody' } });

      expect(await show(id)).toMatchObject({
        address: '127.0.0.1',
        headers: {
          'x-sender': ['somebody'],
          'content-type': ['application/json'],
          'x-hub-signature-256': [webhook.headers['x-hub-signature-256']],
        },
        body: '{"name":"Zoë 😀"}',
        bodyEncoding: 'utf8',
        bodySize: 20,
        bodyTruncated: false,
      });
    });

    it.each([
      ['no text', Buffer.from([0xff, 0x00, 0x41]), '/wBB'],
      ['text with control characters', Buffer.from('a\0b'), 'YQBi'],
    ])('are shown as base64 where they are %s', async (_, bytes, body) => {
      const shown = await show(await sent(signed.github(bytes)));

      expect(shown).toMatchObject({ body, bodyEncoding: 'base64', bodySize: 3, bodyTruncated: false });
    });

    it('have no body of their own when they repeat another', async () => {
      const { duplicate, received } = await one();

      expect(await show(duplicate)).toMatchObject({
        duplicateOf: received,
        body: null,
        bodyEncoding: null,
        bodySize: 19,
        bodyTruncated: false,
      });
    });
  });

  describe('once more', () => {
    const reprocess = (id: string): Promise<Response> => call(`/${id}/reprocess`, 'POST');

    it('are stated as new facts, of the same receipt and the same bytes, each time', async () => {
      const webhook = signed.stripe({ name: 'Zoë 😀' });
      const id = await sent(webhook);

      const answers: ReprocessedView[] = [];
      for (let count = 0; count < 2; count += 1) {
        const response = await reprocess(id);
        expect(response.status).toBe(202);
        answers.push((await response.json()) as ReprocessedView);
      }

      const stated = answers.flatMap(({ eventIds }) => eventIds);
      expect(answers[0]).toMatchObject({ id, source: 'stripe', status: 'received', reason: null });
      const facts = await shop.facts(({ data }) => data.receiptId === id, 3);
      expect(new Set(facts.map((fact) => fact.id)).size).toBe(3);
      expect(facts.map((fact) => fact.id)).toEqual(expect.arrayContaining(stated));
      expect(new Set(facts.map(({ data }) => JSON.stringify(data))).size).toBe(1);
      expect(bytesOfWebhook(facts[2]!.data).toString()).toBe(webhook.body);
    });

    it('keep the suspicion that they are replays', async () => {
      const body = JSON.stringify({ action: uuidv7() });
      await sent(signed.github(body));
      const id = await sent(signed.github(body));
      await reprocess(id);

      const facts = await shop.facts(({ data }) => data.receiptId === id, 2);
      expect(facts.map(({ data }) => data.replaySuspected)).toEqual([true, true]);
    });

    it('leave the receipt as it is, and its id taken', async () => {
      const webhook = signed.carrier();
      const id = await sent(webhook);
      const before = await show(id);
      await reprocess(id);

      expect(await show(id)).toEqual(before);
      expect((await shop.send(webhook)).status).toBe(200);
    });

    it('cannot be stated when they were never taken: 409, and it says what to do', async () => {
      const { received, duplicate, rejected } = await one();

      const ofDuplicate = await reprocess(duplicate);
      expect(ofDuplicate.status).toBe(409);
      expect(await ofDuplicate.json()).toMatchObject({ detail: `It repeats ${received}: reprocess that one.` });
      const ofRejected = await reprocess(rejected);
      expect(ofRejected.status).toBe(409);
      expect(await ofRejected.json()).toMatchObject({
        detail: 'It was rejected: nobody knows whose it is. Mend the cause and have it sent again.',
      });
    });
  });

  it.each([uuidv7(), 'not-an-id', '1', `${uuidv7()}0`, '%00'])('are not found under %s: 404', async (id) => {
    for (const [path, method] of [
      [`/${id}`, 'GET'],
      [`/${id}/reprocess`, 'POST'],
    ] as const) {
      const response = await call(path, method);
      expect([path, response.status]).toEqual([path, 404]);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
    }
  });

  it.each<[Role | null, number]>([
    ['shop', 403],
    ['partner', 403],
    [null, 401],
  ])('are for admins only: %s hears %d', async (as, status) => {
    const id = await sent(signed.stripe());
    for (const [path, method] of [
      ['', 'GET'],
      [`/${id}`, 'GET'],
      [`/${id}/reprocess`, 'POST'],
    ] as const) {
      expect([path, (await call(path, method, as)).status]).toEqual([path, status]);
    }
  });
});
