import { createHmac } from 'node:crypto';
import { jest } from '@jest/globals';
import { InboundUnderTest, secrets, type Webhook } from '../testing/inbound-under-test.js';
import { newBody, senders, type Sender } from '../testing/senders.js';

// Boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

const secret = 'secret of a source that nobody wrote code for';
const sources = {
  'with-base64': { secret, header: 'X-Sig', encoding: 'base64', prefix: 'v0=', id: { header: 'X-Event' } },
  'with-number': { secret, header: 'X-Sig', id: { pointer: '/event/0/id' } },
  // Another account at a sender whose scheme is known.
  'second-stripe': { secret: secrets.stripe, scheme: 'stripe' },
  'second-carrier': { secret: secrets.carrier, scheme: 'standard' },
  'second-github': { secret: secrets.github, scheme: 'github' },
  'second-shopify': { secret: secrets.shopify, scheme: 'shopify' },
};
const digest = (body: string, encoding: 'hex' | 'base64') => createHmac('sha256', secret).update(body).digest(encoding);

describe('a source that configuration alone has made', () => {
  let shop: InboundUnderTest;

  beforeAll(async () => {
    shop = await InboundUnderTest.start({ inboundSources: JSON.stringify(sources) });
  });
  afterAll(() => shop.stop());

  const webhookIdOf = async (webhook: Webhook): Promise<string> => {
    const { id } = await shop.take(webhook);
    const [fact] = await shop.facts(({ data }) => data.receiptId === id);
    expect(fact!.data.source).toBe(webhook.source);
    return fact!.data.webhookId;
  };

  it('may sign in base64, after a prefix, and have its ids in a header', async () => {
    const body = 'any text';
    const headers = { 'x-sig': `v0=${digest(body, 'base64')}`, 'x-event': 'event-1' };

    expect(await webhookIdOf({ source: 'with-base64', body, headers })).toBe('event-1');
    for (const wrong of [digest(body, 'base64'), `v0=${digest(body, 'hex')}`, `v1=${digest(body, 'base64')}`]) {
      const response = await shop.send({ source: 'with-base64', body, headers: { ...headers, 'x-sig': wrong } });
      expect(response.status).toBe(401);
    }
  });

  it('may have its ids in the body, as numbers of any size', async () => {
    for (const id of ['9007199254740993', '9007199254740992']) {
      const body = `{"event":[{"id":${id}}]}`;

      expect(await webhookIdOf({ source: 'with-number', body, headers: { 'x-sig': digest(body, 'hex') } })).toBe(id);
    }
  });

  it.each(senders.filter(({ source }) => source !== 'esign'))(
    'may sign as $source does, under a name of its own',
    async (sender: Sender) => {
      const webhook = { ...(await sender.sign(newBody())), source: `second-${sender.source}` };

      await webhookIdOf(webhook);
      expect((await shop.send(webhook)).status).toBe(200);
      expect((await shop.send({ ...webhook, source: sender.source })).status).toBe(202);
      expect((await shop.send({ ...webhook, body: `${webhook.body as string} ` })).status).toBe(401);
    },
  );
});
