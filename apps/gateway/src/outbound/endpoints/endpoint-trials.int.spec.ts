import { jest } from '@jest/globals';
import { findContract } from '@hookshop/contracts';
import { eventually } from '@hookshop/testing';
import type { ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import type { AttemptView } from '../deliveries/attempt-view.js';
import { OutboundUnderTest } from '../testing/outbound-under-test.js';
import { Receiver, status } from '../testing/receiver.js';
import { Partner } from './testing/partners.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

describe('a test of an endpoint', () => {
  let shop: OutboundUnderTest;
  let receiver: Receiver;
  let acme: Partner;

  beforeAll(async () => {
    shop = await OutboundUnderTest.start();
    acme = await Partner.join(shop.gateway, 'acme');
  });
  beforeEach(async () => {
    receiver = await Receiver.start();
  });
  afterEach(async () => {
    await receiver.stop();
  });
  afterAll(async () => {
    await shop.stop();
  });

  const create = (settings: object = {}) => acme.create({ url: receiver.url, ...settings });
  const test = (id: string, body: object = {}) => acme.post<AttemptView>(`/${id}/test`, body);

  it('sends an example as a delivery would be sent, and answers with the attempt', async () => {
    receiver.answer = (response) => response.writeHead(201, { 'x-partner': 'yes' }).end('thank you');
    const { id, secret } = await create({
      eventTypes: ['order.*', 'payment.captured.v1'],
      headers: { 'X-Token': 'of-the-partner' },
    });

    const attempt = await test(id);

    expect(attempt).toEqual({
      number: 1,
      startedAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      durationMs: {
        dns: null,
        connect: expect.any(Number) as number,
        tls: null,
        firstByte: expect.any(Number) as number,
        total: expect.any(Number) as number,
      },
      outcome: 'delivered',
      status: 201,
      responseHeaders: expect.objectContaining({ 'x-partner': 'yes' }) as object,
      responseBody: 'thank you',
      truncated: false,
      error: null,
      next: 'none',
      nextAttemptAt: null,
    });
    const { body, headers, content } = receiver.received[0]!;
    new Webhook(secret).verify(body, headers as Record<string, string>);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-token': 'of-the-partner',
      'accept-encoding': 'identity',
      'user-agent': expect.stringMatching(/^Hookshop-Webhooks\/\d+\.\d+\.\d+$/) as string,
    });
    // The first that is named outright.
    expect(content.type).toBe('payment.captured.v1');
    expect(findContract('payment.captured.v1')!.check(content.data)).toEqual([]);
  });

  it('is of any type that can be subscribed to, and of no other', async () => {
    const { id } = await create({ eventTypes: ['order.*'] });

    await test(id, { type: 'order.shipped.v1' });
    expect(receiver.received.at(-1)!.content.type).toBe('order.shipped.v1');
    for (const type of ['order.eaten.v1', 'order.*', '*']) {
      expect(await acme.refused(`/${id}/test`, { body: { type } })).toMatchObject({
        status: 422,
        errors: [{ path: 'type' }],
      });
    }
    expect(await acme.refused(`/${id}/test`, { body: { type: 5 } })).toMatchObject({ status: 400 });
  });

  it('has the format and the payload of the endpoint, under the id that is signed', async () => {
    const { id } = await create({ format: 'cloudevents' });
    await test(id, { type: 'order.placed.v1' });
    const { id: thin } = await create({ payload: 'thin' });
    await test(thin, { type: 'order.placed.v1' });

    const [structured, slight] = receiver.received.map((one) => ({ ...one, json: JSON.parse(one.body) as object }));
    expect(structured!.headers['content-type']).toBe('application/cloudevents+json');
    expect(structured!.json).toMatchObject({ specversion: '1.0', id: structured!.id, type: 'order.placed.v1' });
    expect(slight!.json).toMatchObject({ type: 'order.placed.v1', data: { id: slight!.id } });
  });

  it('answers 200 with the failure when there is one', async () => {
    receiver.answer = status(503);
    const { id } = await create();
    expect(await test(id)).toMatchObject({ outcome: 'failed', status: 503, error: { class: 'http-status' } });

    await shop.database.query(`UPDATE webhook_endpoints SET url = 'http://10.0.0.1/' WHERE id = $1`, [id]);
    expect(await test(id)).toMatchObject({ outcome: 'failed', status: null, error: { class: 'blocked-address' } });
    expect(receiver.received).toHaveLength(1);
  });

  it.each(['disabled', 'unverified'])('works for one that is %s, and leaves no delivery', async (state) => {
    const { id } = await create({ status: state });

    expect(await test(id)).toMatchObject({ outcome: 'delivered' });

    expect(await shop.deliveries(id)).toEqual([]);
    expect(await acme.show(id)).toMatchObject({ status: state });
  });

  it('is made one at a time per endpoint', async () => {
    const open: ServerResponse[] = [];
    receiver.answer = (response) => void open.push(response);
    const [{ id }, { id: another }] = [await create(), await create()];
    const first = test(id);
    await eventually(
      () => open.length,
      (count) => count === 1,
    );

    expect((await acme.refused(`/${id}/test`, { body: {} })).status).toBe(409);
    const beside = test(another);
    await eventually(
      () => open.length,
      (count) => count === 2,
    );
    for (const response of open) response.writeHead(204).end();

    expect(await first).toMatchObject({ outcome: 'delivered' });
    expect(await beside).toMatchObject({ outcome: 'delivered' });
    receiver.answer = status(204);
    expect(await test(id)).toMatchObject({ outcome: 'delivered' });
  });
});
