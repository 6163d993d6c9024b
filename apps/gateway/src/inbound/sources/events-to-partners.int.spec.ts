import { jest } from '@jest/globals';
import { eventually } from '@hookshop/testing';
import { Webhook } from 'standardwebhooks';
import { v7 as uuidv7 } from 'uuid';
import { Partner } from '../../outbound/endpoints/testing/partners.js';
import { OutboundUnderTest } from '../../outbound/testing/outbound-under-test.js';
import { Receiver, type Received } from '../../outbound/testing/receiver.js';
import { esign, secrets, signed } from '../testing/inbound-under-test.js';

// Boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

const TYPE = esign.as;
const newDocument = (signer = 'ada@example.com') => ({ documentId: `doc_${uuidv7()}`, signer });

describe("a third party's event", () => {
  let shop: OutboundUnderTest;
  let acme: Partner;
  const receivers: Receiver[] = [];

  beforeAll(async () => {
    const inboundSources = JSON.stringify({ esign });
    shop = await OutboundUnderTest.start({ inboundSources, stripeWebhookSecret: [secrets.stripe] });
    acme = await Partner.join(shop.gateway, 'acme');
  });
  afterAll(async () => {
    for (const receiver of receivers) await receiver.stop();
    await shop.stop();
  });

  const subscribe = async (eventTypes: string[], more = {}) => {
    const receiver = await Receiver.start();
    receivers.push(receiver);
    const { secret } = await acme.create({ url: receiver.url, eventTypes, ...more });
    return { receiver, secret };
  };
  const send = async (document: object, webhook = signed.esign(document)): Promise<void> => {
    const { source, body, headers } = webhook;
    const response = await fetch(`${shop.gateway.url}/hooks/${source}`, {
      method: 'POST',
      body: body as string,
      headers,
    });
    expect(response.status).toBe(202);
  };
  const got = async (receiver: Receiver, documentId: string): Promise<Received> => {
    const ofDocument = () => receiver.received.filter(({ content }) => content.data['documentId'] === documentId);
    const [received] = await eventually(ofDocument, ({ length }) => length > 0);
    return received!;
  };
  const read = async <T>(path: string): Promise<T> =>
    (await (await shop.gateway.fetch(path, { as: 'partner' })).json()) as T;

  it.each([[TYPE], ['document.*'], ['*']])('reaches an endpoint that subscribed to %s, signed', async (pattern) => {
    const { receiver, secret } = await subscribe([pattern]);
    const document = newDocument();
    await send({ ...document, pages: 3 });

    const { body, headers, content } = await got(receiver, document.documentId);
    expect(content).toMatchObject({ type: TYPE, data: { ...document, pages: 3 } });
    expect(() => new Webhook(secret).verify(body, headers as Record<string, string>)).not.toThrow();
  });

  it('reaches those alone whose filter it passes', async () => {
    const { receiver } = await subscribe([TYPE], { filter: { 'data.signer': 'grace@example.com' } });
    const [hers, his] = [newDocument('grace@example.com'), newDocument('alan@example.com')];
    await send(his);
    await send(hers);

    await got(receiver, hers.documentId);
    expect(receiver.received.map(({ content }) => content.data)).toEqual([hers]);
  });

  it('can only be filtered by what it has', async () => {
    const body = { url: 'http://127.0.0.1:9999/', eventTypes: [TYPE], filter: { 'data.colour': 'red' } };

    expect(await acme.refused('', { body })).toMatchObject({
      status: 422,
      errors: [{ path: 'filter.data.colour', message: 'is a field of none of the event types' }],
    });
  });

  it('is listed among the event types, and shown with its schema and its example', async () => {
    const { data } = await read<{ data: object[] }>('/v1/event-types');

    expect(data).toContainEqual({ type: TYPE, description: 'A customer signed a document.', audience: 'all' });
    expect(await read(`/v1/event-types/${TYPE}`)).toMatchObject({
      type: TYPE,
      schema: { $id: `urn:hookshop:event:${TYPE}`, ...esign.schema },
      example: esign.schema.examples[0],
    });
  });

  it('is sent as its example when an endpoint is tested', async () => {
    const { receiver } = await subscribe(['document.*']);
    const [{ id }] = (await shop.database.query<{ id: string }>('SELECT id FROM webhook_endpoints WHERE url = $1', [
      receiver.url,
    ])) as [{ id: string }];

    expect(await acme.post(`/${id}/test`, {})).toMatchObject({ outcome: 'delivered' });
    expect(receiver.received[0]!.content).toMatchObject({ type: TYPE, data: esign.schema.examples[0] });
  });

  it('is in the AsyncAPI document', async () => {
    const { channels } = await read<{ channels: Record<string, object> }>('/asyncapi.json');

    expect(channels[TYPE]).toMatchObject({ address: `shop.${TYPE}` });
  });

  it('is all that reaches anybody: what was received stays in the shop', async () => {
    const { receiver } = await subscribe(['*']);
    await send({}, signed.stripe());
    await send({ nothing: 'that the schema knows' });
    const document = newDocument();
    await send(document);

    await got(receiver, document.documentId);
    expect(receiver.types).toEqual([TYPE]);
    for (const type of ['webhook.received.v1', 'webhook.*']) {
      const body = { url: receiver.url, eventTypes: [type] };
      expect(await acme.refused('', { body })).toMatchObject({ status: 422 });
    }
    expect((await shop.gateway.fetch('/v1/event-types/webhook.received.v1', { as: 'admin' })).status).toBe(404);
    const leaks = await shop.database.query(`SELECT id FROM webhook_messages WHERE type LIKE 'webhook.%'`);
    expect(leaks).toEqual([]);
  });
});
