import { jest } from '@jest/globals';
import { eventually } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { Receiver, status } from '../testing/receiver.js';
import type { WholeDeliveryView } from './deliveries.js';
import { BooksUnderTest } from './testing/books-under-test.js';

// Boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

const anyNumber = expect.any(Number) as number;

describe('a webhook delivery', () => {
  let books: BooksUnderTest;
  let receiver: Receiver;

  beforeAll(async () => {
    books = await BooksUnderTest.open();
  });
  afterAll(() => books.close());
  beforeEach(async () => {
    receiver = await Receiver.start();
  });
  afterEach(() => receiver.stop());

  const show = (id: string) => books.ask<WholeDeliveryView>(`/webhook-deliveries/${id}`);
  const retry = (id: string) =>
    books.ask<WholeDeliveryView & { detail: string }>(`/webhook-deliveries/${id}/retry`, { method: 'POST' });

  it('is shown with the body it is sent with, and every attempt', async () => {
    const { id: endpointId } = await books.shop.endpoint(receiver.url, { retryScheduleSeconds: [3600] });
    receiver.answer = (response) => response.writeHead(503, { 'x-reason': 'busy' }).end('come back');
    const webhookId = await books.shop.orderPlaced();
    const [delivery] = await eventually(
      () => books.shop.deliveries(endpointId),
      ([first]) => first?.attempts === 1,
    );
    const { id } = delivery!;

    const { status: code, body } = await show(id);

    expect(code).toBe(200);
    expect(body).toMatchObject({ id, webhookId, status: 'pending', attempts: 1, deliveredAt: null });
    expect(body.requestBody).toBe(receiver.received.at(-1)!.body);
    const durations = { dns: null, connect: anyNumber, tls: null, firstByte: anyNumber, total: anyNumber };
    expect(body.attemptLog).toEqual([
      {
        number: 1,
        startedAt: expect.stringMatching(/Z$/) as string,
        durationMs: durations,
        outcome: 'failed',
        status: 503,
        responseHeaders: expect.objectContaining({ 'x-reason': 'busy' }) as object,
        responseBody: 'come back',
        truncated: false,
        error: { class: 'http-status', message: expect.any(String) as string },
        next: 'retry',
        nextAttemptAt: expect.stringMatching(/Z$/) as string,
      },
    ]);
  });

  it('is sent again when it is retried, also one that was delivered, under the same id', async () => {
    const { id: endpointId } = await books.shop.endpoint(receiver.url);
    receiver.answer = status(204);
    const webhookId = await books.shop.orderPlaced();
    const [delivery] = await books.shop.settled(endpointId, 1);
    const { id } = delivery!;

    const { status: code, body } = await retry(id);

    expect([code, body.id, body.deliveredAt]).toEqual([202, id, body.status === 'delivered' ? body.deliveredAt : null]);
    const again = await eventually(
      () => show(id),
      ({ body: { status: now, attempts } }) => now === 'delivered' && attempts === 2,
    );
    expect(again.body.attemptLog.map(({ number }) => number)).toEqual([1, 2]);
    expect(receiver.ids.filter((received) => received === webhookId)).toHaveLength(2);
  });

  it.each(['exhausted', 'held', 'cancelled', 'delivered', 'pending'] as const)(
    'that is %s is due now with every retry before it',
    async (before) => {
      const endpoint = await books.endpoint();
      const id = await books.owed(endpoint, { status: before, attempts: 10 });

      const { status: code, body } = await retry(id);

      expect([code, body.status, body.attempts, body.deliveredAt]).toEqual([202, 'pending', 10, null]);
      expect(await books.queued(id)).toEqual({
        due_now: true,
        tries: 0,
        paced: false,
        ordering_key: null,
        sequence: 1,
      });
      expect(await books.shop.deliveries(endpoint)).toMatchObject([{ id, unresolved: false }]);
    },
  );

  it('that is in flight stays as it is', async () => {
    const endpoint = await books.endpoint();
    await books.lease(endpoint);
    const id = await books.owed(endpoint, { status: 'in-flight', attempts: 3 });

    const { status: code, body } = await retry(id);

    expect([code, body.status]).toEqual([202, 'in-flight']);
    expect(await books.queued(id)).toMatchObject({ due_now: false, tries: 3 });
  });

  it('waits its turn among those of its aggregate where the endpoint asks for that', async () => {
    const endpoint = await books.endpoint({ ordering: 'per-key' });
    const subject = uuidv7();
    const id = await books.owed(endpoint, { status: 'held' }, { subject, sequence: 5 });
    await retry(id);
    expect(await books.queued(id)).toMatchObject({ ordering_key: subject, sequence: 5 });
  });

  it('cannot be retried while its endpoint is not enabled, and says what to do', async () => {
    const disabled = await books.endpoint({ status: 'disabled', disabledReason: 'manual' });
    const unverified = await books.endpoint({ status: 'unverified' });
    const deleted = await books.endpoint();
    const ids = [disabled, unverified, deleted].map((endpoint) => books.owed(endpoint, { status: 'held' }));
    const [ofDisabled, ofUnverified, ofDeleted] = (await Promise.all(ids)) as [string, string, string];
    await books.ask(`/webhook-endpoints/${deleted}`, { method: 'DELETE' });

    for (const [id, advice] of [
      [ofDisabled, 'Enable it first'],
      [ofUnverified, 'Verify it first'],
      [ofDeleted, 'was deleted'],
    ] as const) {
      const { status: code, body } = await retry(id);
      expect([code, body.detail]).toEqual([409, expect.stringContaining(advice)]);
    }
    expect((await show(ofDisabled)).body.status).toBe('held');
    expect((await show(ofDeleted)).body.status).toBe('cancelled');
  });

  it('shows the body of the format its endpoint asks for, also one that is not stored', async () => {
    const endpoint = await books.endpoint({ format: 'cloudevents', payload: 'thin' });
    const messageId = await books.message();
    const id = await books.owe(endpoint, messageId, {});
    const made = (await show(id)).body.requestBody;
    expect(JSON.parse(made)).toMatchObject({ specversion: '1.0', id: messageId, type: 'order.placed.v1' });

    await books.shop.database.query(`INSERT INTO webhook_bodies VALUES ($1, 'cloudevents', 'thin', 'as sent')`, [
      messageId,
    ]);
    expect((await show(id)).body.requestBody).toBe('as sent');
  });

  it("is nobody else's: to others it does not exist", async () => {
    const endpoint = await books.endpoint();
    const id = await books.owed(endpoint, { status: 'held' });
    for (const [path, method] of [
      ['', 'GET'],
      ['/retry', 'POST'],
    ] as const) {
      for (const nobodys of [id, uuidv7(), 'not-an-id']) {
        const { status: code, body } = await books.askAsOther(`/webhook-deliveries/${nobodys}${path}`, { method });
        expect([path, code, body]).toMatchObject([path, 404, { detail: 'There is no such webhook delivery.' }]);
      }
      expect((await books.ask(`/webhook-deliveries/${id}${path}?partnerId=other`, { method })).status).toBe(404);
      expect((await books.asAdmin(`/webhook-deliveries/${id}${path}?partnerId=other`, { method })).status).toBe(404);
    }
    expect(await books.statusesOf(endpoint)).toEqual({ [id]: 'held' });
    expect((await books.asAdmin(`/webhook-deliveries/${id}/retry?partnerId=demo`, { method: 'POST' })).status).toBe(
      202,
    );
  });
});
