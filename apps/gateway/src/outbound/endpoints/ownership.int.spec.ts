import { jest } from '@jest/globals';
import { eventually } from '@hookshop/testing';
import type { ServerResponse } from 'node:http';
import { OutboundUnderTest } from '../testing/outbound-under-test.js';
import { allowing, Challenged } from './testing/challenged.js';
import { Partner } from './testing/partners.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

describe('the challenge to the owner of an endpoint', () => {
  let shop: OutboundUnderTest;
  let owner: Challenged;
  let victim: Challenged;
  let acme: Partner;

  beforeAll(async () => {
    shop = await OutboundUnderTest.start({ webhookVerifyOwnership: true });
    acme = await Partner.join(shop.gateway, 'acme');
  });
  beforeEach(async () => {
    [owner, victim] = await Promise.all([Challenged.start(), Challenged.start()]);
  });
  afterEach(async () => {
    await Promise.all([owner.stop(), victim.stop()]);
  });
  afterAll(async () => {
    await shop.stop();
  });

  const create = () => acme.create({ url: owner.url });
  const verify = (id: string) => acme.post(`/${id}/verify`);
  const refusal = (id: string) => acme.refused(`/${id}/verify`, { method: 'POST' });

  it.each(['*', 'hookshop', 'Hookshop'])('is met by allowing %s: from then on it is sent webhooks', async (origin) => {
    owner.answer = allowing(origin);
    const { id, status } = await create();
    expect(status).toBe('unverified');

    expect(await verify(id)).toMatchObject({ id, status: 'enabled', disabledReason: null });

    expect(owner.challenges).toEqual([
      {
        method: 'OPTIONS',
        headers: expect.objectContaining({
          'webhook-request-origin': 'hookshop',
          'webhook-request-rate': expect.stringMatching(/^\d+$/) as string,
        }) as object,
      },
    ]);
    expect(await verify(id)).toMatchObject({ status: 'enabled' });
  });

  it.each<[string, (response: ServerResponse) => void, RegExp]>([
    ['allows somebody else', allowing('example.com'), /WebHook-Allowed-Origin must be/],
    ['allows nobody', (response) => response.writeHead(200).end(), /no WebHook-Allowed-Origin/],
    ['refuses', (response) => response.writeHead(405, { 'WebHook-Allowed-Origin': '*' }).end(), /405/],
    [
      'points elsewhere',
      (response) => response.writeHead(302, { location: '/', 'WebHook-Allowed-Origin': '*' }).end(),
      /./,
    ],
    ['hangs up', (response) => void response.destroy(), /./],
  ])('is not met by one that %s', async (_, answer, reason) => {
    owner.answer = answer;
    const { id } = await create();

    expect(await refusal(id)).toMatchObject({
      status: 422,
      errors: [{ path: 'url', message: expect.stringMatching(reason) as string }],
    });
    expect(await acme.show(id)).toMatchObject({ status: 'unverified' });
  });

  it('is to be met again at another URL, and what waits for the former one is held', async () => {
    const { id } = await create();
    await verify(id);
    await shop.database.query(
      `WITH delivery AS (
         INSERT INTO webhook_deliveries (id, endpoint_id, partner_id, message_id, status)
         VALUES (uuidv7(), $1, 'acme', uuidv7(), 'pending') RETURNING id, message_id
       )
       INSERT INTO webhook_queue (delivery_id, endpoint_id, message_id, sequence, due_at)
       SELECT id, $1, message_id, 1, now() + interval '1 hour' FROM delivery`,
      [id],
    );
    expect(await acme.change(id, { description: 'the same URL', url: owner.url })).toMatchObject({ status: 'enabled' });

    expect(await acme.change(id, { url: victim.url })).toMatchObject({ status: 'unverified' });

    expect(await shop.deliveries(id)).toMatchObject([{ status: 'held', unresolved: true }]);
  });

  it('is met for the URL that was asked, not for one that was set meanwhile', async () => {
    const open: ServerResponse[] = [];
    owner.answer = (response) => void open.push(response);
    const { id } = await create();
    const verifying = acme.ask(`/${id}/verify`, { method: 'POST' });
    await eventually(
      () => open.length,
      (count) => count === 1,
    );

    await acme.change(id, { url: victim.url });
    allowing('*')(open[0]!);

    expect((await verifying).status).toBe(409);
    expect(await acme.show(id)).toMatchObject({ url: victim.url, status: 'unverified' });
    expect(victim.challenges).toEqual([]);
  });

  it.each(['enabled', 'disabled'])('cannot be spared by beginning %s', async (status) => {
    const body = { url: owner.url, eventTypes: ['*'], status };

    expect(await acme.refused('', { body })).toMatchObject({ status: 422, errors: [{ path: 'status' }] });
  });

  it('cannot be spared by enabling, nor by disabling first', async () => {
    const { id } = await create();

    expect((await acme.refused(`/${id}/enable`, { method: 'POST' })).status).toBe(409);
    expect((await acme.refused(`/${id}/disable`, { method: 'POST' })).status).toBe(409);
    expect(await acme.show(id)).toMatchObject({ status: 'unverified' });
  });
});
