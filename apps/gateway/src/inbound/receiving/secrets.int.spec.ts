import { jest } from '@jest/globals';
import { inspect } from 'node:util';
import { Logger } from '@hookshop/observability';
import { mintSecret } from '@hookshop/webhooks';
import { esign, InboundUnderTest, secrets, type Webhook } from '../testing/inbound-under-test.js';
import { newBody, senders } from '../testing/senders.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

const old = {
  stripe: 'whsec_of_the_year_before',
  carrier: mintSecret(),
  github: 'github secret of the year before',
  shopify: 'shopify secret of the year before',
  esign: 'esign secret of the year before',
};
const settings = {
  stripeWebhookSecret: [secrets.stripe, old.stripe],
  carrierWebhookSecret: [old.carrier, secrets.carrier],
  githubWebhookSecret: [secrets.github, old.github],
  shopifyWebhookSecret: [old.shopify, secrets.shopify],
  inboundSources: JSON.stringify({ esign: { ...esign, secret: `${old.esign}, ${secrets.esign}` } }),
};
/** As texts that could give them away: whole, without their prefix, and as the bytes that they stand for. */
const giveaways = [...Object.values(secrets), ...Object.values(old)].flatMap((secret) => {
  const bare = secret.replace(/^whsec_/, '');
  return [secret, bare, Buffer.from(bare).toString('hex'), Buffer.from(bare).toString('base64')];
});

describe('the secrets of a source', () => {
  let shop: InboundUnderTest;
  const logged: unknown[] = [];

  beforeAll(async () => {
    for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'log', 'verbose'] as const) {
      // What is given to the log, before anything is hidden in it.
      jest.spyOn(Logger.prototype, level).mockImplementation((...call) => void logged.push(call));
    }
    shop = await InboundUnderTest.start({ ...settings, logLevel: 'trace' });
  });
  afterAll(async () => {
    await shop.stop();
    jest.restoreAllMocks();
  });

  it.each(senders)('of $source are all good, the old one and the new one', async (sender) => {
    const { source } = sender;
    for (const secret of [secrets[source], old[source]]) {
      expect((await shop.send(await sender.sign(newBody(), { secret }))).status).toBe(202);
    }
    expect((await shop.send(await sender.sign(newBody(), { secret: sender.anotherSecret }))).status).toBe(401);
  });

  it('are in no answer, no log and no table, and neither is what opens other doors', async () => {
    const doors = { authorization: 'Bearer for-another-door', cookie: 'session=for-another-door' };
    const answers: Response[] = [];
    for (const sender of senders) {
      const taken = await sender.sign(newBody());
      const refused = await sender.sign(newBody(), { secret: sender.anotherSecret });
      const sent: Webhook[] = [taken, taken, refused, { ...taken, headers: {} }];
      for (const webhook of sent) {
        answers.push(await shop.send({ ...webhook, headers: { ...webhook.headers, ...doors } }));
      }
    }
    for (const { id } of await shop.database.query<{ id: string }>('SELECT id FROM inbound_webhooks')) {
      answers.push(await shop.gateway.fetch(`/v1/inbound-webhooks/${id}`, { as: 'admin' }));
    }
    for (const path of ['/v1/inbound-webhooks', '/v1/event-types', '/metrics', '/readyz', '/asyncapi.json']) {
      answers.push(await shop.gateway.fetch(path, { as: 'admin' }));
    }
    const texts = await Promise.all(
      answers.map(async (answer) => inspect([...answer.headers]) + (await answer.text())),
    );
    const tables = await shop.database.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    );
    for (const { name } of tables) {
      const rows = await shop.database.query<{ row: string }>(`SELECT one::text AS row FROM "${name}" AS one`);
      texts.push(...rows.map(({ row }) => row));
    }

    expect(inspect(logged, { depth: 20, maxArrayLength: null })).toContain('A webhook was rejected');
    texts.push(inspect(logged, { depth: 20, maxArrayLength: null, maxStringLength: null }));
    for (const text of texts) for (const giveaway of giveaways) expect(text).not.toContain(giveaway);
    for (const text of texts) expect(text).not.toContain('for-another-door');
  });

  it('are not needed to see in the log why a webhook was refused', async () => {
    await shop.send({ ...(await senders[0]!.sign(newBody())), headers: {} });

    const seen = { source: 'stripe', address: '127.0.0.1', reason: 'stripe-signature is missing' };
    expect(logged).toContainEqual([seen, 'A webhook was rejected']);
  });

  it('of others, which open other doors, are replaced in the receipt', async () => {
    const webhook = await senders[0]!.sign(newBody());
    const headers = { ...webhook.headers, authorization: 'Bearer for-another-door', 'x-kept': 'yes' };
    const { id } = await shop.take({ ...webhook, headers });

    const shown = await shop.gateway.fetch(`/v1/inbound-webhooks/${id}`, { as: 'admin' });
    expect(await shown.json()).toMatchObject({ headers: { authorization: ['[not kept]'], 'x-kept': ['yes'] } });
  });
});
