import { jest } from '@jest/globals';
import { eventually } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import type { WholeReceiptView } from '../receipts/receipt-view.js';
import { esign, InboundUnderTest, signed, type StatedFact } from '../testing/inbound-under-test.js';
import type { TestGateway } from '../../testing/test-gateway.js';

// Boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

const TYPE = esign.as;
interface Document {
  documentId: string;
}
/** Tells this message's event from all others. */
const newDocument = () => ({ documentId: `doc_${uuidv7()}`, signer: 'ada@example.com' });

describe('a message of a source that stands for an event', () => {
  let shop: InboundUnderTest;

  beforeAll(async () => {
    shop = await InboundUnderTest.start();
  });
  afterAll(() => shop.stop());

  const show = async (id: string): Promise<WholeReceiptView> => {
    const response = await shop.gateway.fetch(`/v1/inbound-webhooks/${id}`, { as: 'admin' });
    return (await response.json()) as WholeReceiptView;
  };
  const eventsOf = (documentId: string, count = 1): Promise<StatedFact<Document>[]> =>
    shop.facts<Document>(({ data }) => data.documentId === documentId, count, TYPE);
  const receivedOf = (id: string, count = 1) => shop.facts(({ data }) => data.receiptId === id, count);
  const reprocess = async (id: string, gateway: TestGateway): Promise<string[]> => {
    const path = `/v1/inbound-webhooks/${id}/reprocess`;
    const response = await gateway.fetch(path, { as: 'admin', method: 'POST' });
    expect(response.status).toBe(202);
    return ((await response.json()) as { eventIds: string[] }).eventIds;
  };

  it('is that event besides being a message, and led to it', async () => {
    const document = newDocument();
    const { id } = await shop.take(signed.esign({ ...document, pages: 3 }));

    const [received] = await receivedOf(id);
    const [event] = await eventsOf(document.documentId);
    expect(event).toMatchObject({ type: TYPE, data: { ...document, pages: 3 }, causationId: received!.id });
    expect(event!.id).not.toBe(received!.id);
    expect(await show(id)).toMatchObject({ status: 'received', reason: null });
  });

  it('is that event once, however often it comes', async () => {
    const document = newDocument();
    const webhook = signed.esign(document);
    await shop.take(webhook);

    for (let count = 0; count < 3; count += 1) expect((await shop.send(webhook)).status).toBe(200);

    await eventually(() => shop.outboxIsEmpty());
    expect(await eventsOf(document.documentId)).toHaveLength(1);
  });

  const unfit = 'it is nested too deeply, or holds characters or numbers that cannot be kept';
  it.each<[what: string, document: () => unknown, reason: string]>([
    [
      'does not match its schema',
      () => ({ documentId: 7 }),
      "data must have required property 'signer'; documentId must be string",
    ],
    ['has nothing where the event should be', () => undefined, 'data must be object'],
    ['holds NUL', () => ({ ...newDocument(), note: 'a\0b' }), unfit],
    ['holds half of a surrogate pair', () => ({ ...newDocument(), note: '\ud83d' }), unfit],
    ['has 33 levels', () => JSON.parse('{"a":'.repeat(32) + '{}' + '}'.repeat(32)) as unknown, unfit],
  ])('is taken and kept with the reason when it %s, and no such event is stated', async (_, document, reason) => {
    const { id } = await shop.take(signed.esign(document()));

    await receivedOf(id);
    await eventually(() => shop.outboxIsEmpty());
    expect(await show(id)).toMatchObject({ status: 'received', reason: `is not ${TYPE}: ${reason}` });
    const caused = await shop.facts(() => true, 0, TYPE);
    const [received] = await receivedOf(id);
    expect(caused.filter(({ causationId }) => causationId === received!.id)).toEqual([]);
  });

  it('is that event once more when it is reprocessed', async () => {
    const document = newDocument();
    const { id } = await shop.take(signed.esign(document));
    const eventIds = await reprocess(id, shop.gateway);

    const events = await eventsOf(document.documentId, 2);
    const received = await receivedOf(id, 2);
    expect(eventIds).toEqual([received[1]!.id, events[1]!.id]);
    expect(events.map(({ causationId }) => causationId)).toEqual(received.map((fact) => fact.id));
  });

  it('is that event when it is reprocessed after the configuration has changed, though it was none before', async () => {
    const { documentId } = newDocument();
    const { id } = await shop.take(signed.esign({ documentId }));
    expect(await show(id)).toMatchObject({ reason: `is not ${TYPE}: data must have required property 'signer'` });
    const schema = { type: 'object', required: ['documentId'], properties: { documentId: { type: 'string' } } };
    const changed = await shop.startInstance({ inboundSources: JSON.stringify({ esign: { ...esign, schema } }) });

    const eventIds = await reprocess(id, changed);

    const events = await eventsOf(documentId);
    expect(events).toMatchObject([{ id: eventIds[1], causationId: eventIds[0], data: { documentId } }]);
    expect(await show(id)).toMatchObject({ reason: null });
  });

  it('is a message alone when it is reprocessed after its source is gone', async () => {
    const { id } = await shop.take(signed.esign(newDocument()));
    const forgotten = await shop.startInstance({ inboundSources: '{}' });

    expect(await reprocess(id, forgotten)).toHaveLength(1);
    expect((await shop.send(signed.esign(newDocument()), forgotten)).status).toBe(404);
  });
});
