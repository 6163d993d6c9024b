import { jest } from '@jest/globals';
import type { Page } from '@hookshop/contracts';
import { v7 as uuidv7 } from 'uuid';
import { OutboundUnderTest } from '../testing/outbound-under-test.js';
import type { EndpointView } from './select-endpoints.js';
import { Partner, type CreatedEndpoint } from './testing/partners.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

const url = 'https://partner.example/hook';
const mine = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

describe('the endpoints of a partner', () => {
  let shop: OutboundUnderTest;
  let acme: Partner;
  let other: Partner;

  beforeAll(async () => {
    shop = await OutboundUnderTest.start();
    acme = await Partner.join(shop.gateway, 'acme');
    other = await Partner.join(shop.gateway, 'other');
  });
  afterAll(async () => {
    await shop.stop();
  });

  it('need a URL and event types only, and answer once with their secret', async () => {
    const response = await acme.ask('', { body: { url, eventTypes: ['order.*'] } });
    const { secret, ...endpoint } = (await response.json()) as CreatedEndpoint;

    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe(`/v1/webhook-endpoints/${endpoint.id}`);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(endpoint).toEqual({
      id: expect.any(String) as string,
      partnerId: 'acme',
      url,
      description: '',
      eventTypes: ['order.*'],
      filter: null,
      format: 'standard',
      payload: 'full',
      ordering: 'none',
      signatures: ['v1'],
      headers: {},
      timeoutSeconds: 15,
      retryScheduleSeconds: null,
      maxPerSecond: null,
      maxInFlight: 8,
      status: 'enabled',
      disabledReason: null,
      circuit: 'closed',
      pausedUntil: null,
      publicKey: null,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      updatedAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    });
    expect(await acme.show(endpoint.id)).toEqual(endpoint);
  });

  it('keep every setting they were made with', async () => {
    const settings = {
      url,
      description: 'Ours',
      eventTypes: ['order.placed.v1'],
      filter: { 'data.totalInCents': { $gte: 10_000 } },
      format: 'cloudevents',
      payload: 'thin',
      ordering: 'per-key',
      signatures: ['v1', 'v1a'],
      headers: { Authorization: 'Bearer of-the-partner' },
      timeoutSeconds: 30,
      retryScheduleSeconds: [0, 604_800],
      maxPerSecond: 10_000,
      maxInFlight: 64,
    };
    const created = await acme.create({ ...settings, secret: mine, status: 'disabled' });

    expect(created).toMatchObject({ ...settings, secret: mine, status: 'disabled', disabledReason: 'manual' });
    expect(created.publicKey).toMatch(/^whpk_/);
  });

  it('are changed in part, and null resets what may be absent', async () => {
    const { id, createdAt } = await acme.create({
      url,
      description: 'before',
      eventTypes: ['order.placed.v1'],
      filter: { 'data.currency': 'USD' },
      maxPerSecond: 5,
      retryScheduleSeconds: [1],
    });

    const changed = await acme.change(id, { description: 'after', filter: null, maxPerSecond: null });

    expect(changed).toMatchObject({ description: 'after', filter: null, maxPerSecond: null, url, createdAt });
    expect(changed.retryScheduleSeconds).toEqual([1]);
    const [row] = await shop.database.query(`SELECT version, filter_path FROM webhook_endpoints WHERE id = $1`, [id]);
    expect(row).toEqual({ version: 2, filter_path: null });
  });

  it('get a key pair with v1a, keep it while they have v1a, and lose it with that', async () => {
    const { id } = await acme.create({ url });

    const { publicKey } = await acme.change(id, { signatures: ['v1', 'v1a'] });
    expect(publicKey).toMatch(/^whpk_/);
    expect((await acme.change(id, { description: 'same' })).publicKey).toBe(publicKey);
    expect((await acme.change(id, { signatures: ['v1'] })).publicKey).toBeNull();
  });

  it('may have only event types that fit the filter, whichever of the two is changed', async () => {
    const { id } = await acme.create({ url, eventTypes: ['order.placed.v1'], filter: { 'data.totalInCents': 1 } });
    const change = (body: object) => acme.refused(`/${id}`, { method: 'PATCH', body });

    expect(await change({ eventTypes: ['stock.rejected.v1'] })).toMatchObject({
      status: 422,
      errors: [{ path: 'filter.data.totalInCents' }],
    });
    expect(await change({ filter: { 'data.nothing': 1 } })).toMatchObject({ status: 422 });
    expect((await acme.show(id)).eventTypes).toEqual(['order.placed.v1']);
  });

  it('are listed page by page, newest first, and never with a secret', async () => {
    const lister = await Partner.join(shop.gateway, 'lister');
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.unshift((await lister.create({ url })).id);

    const pages: EndpointView[][] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = (await (await lister.ask(`?limit=2${cursor && `&cursor=${cursor}`}`)).json()) as Page<EndpointView>;
      pages.push(page.data);
      cursor = page.nextCursor;
    }

    expect(pages.map(({ length }) => length)).toEqual([2, 2, 1]);
    expect(pages.flat().map(({ id }) => id)).toEqual(ids);
    expect(JSON.stringify(pages)).not.toMatch(/whsec_|whsk_|"secret"/);
  });

  it('tell until when they are paused, while they are', async () => {
    const { id } = await acme.create({ url });
    await shop.ageLane(id, `circuit = 'open', paused_until = now() + interval '1 hour'`);
    expect(await acme.show(id)).toMatchObject({ circuit: 'open', pausedUntil: expect.any(String) as string });

    await shop.ageLane(id, `paused_until = now() - interval '1 second'`);
    expect((await acme.show(id)).pausedUntil).toBeNull();
  });

  it('are at most a hundred, also when the last places are asked for at the same time', async () => {
    const many = await Partner.join(shop.gateway, 'many');
    for (let count = 0; count < 98; count += 1) await many.create({ url });

    const answers = await Promise.all(
      Array.from({ length: 6 }, () => many.ask('', { body: { url, eventTypes: ['*'] } })),
    );

    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409, 409, 409]);
  });

  it('are of one partner alone: to others they do not exist', async () => {
    const { id } = await acme.create({ url });
    const routes: [string, string, object?][] = [
      ['GET', ''],
      ['PATCH', '', { description: 'taken over' }],
      ['DELETE', ''],
      ['GET', '/secret'],
      ['POST', '/rotate-secret', {}],
      ['POST', '/test', {}],
      ['POST', '/verify'],
      ['POST', '/enable'],
      ['POST', '/disable'],
      ['GET', '/stats'],
    ];
    for (const [method, path, body] of routes) {
      const there = await other.refused(`/${id}${path}`, { method, body });
      const nowhere = await other.refused(`/${uuidv7()}${path}`, { method, body });
      expect([method, path, there.status, there.detail]).toEqual([method, path, 404, nowhere.detail]);
      expect((await other.ask(`/not-an-id${path}`, { method, body })).status).toBe(404);
      expect((await acme.ask(`/${id}${path}?partnerId=other`, { method, body })).status).toBe(404);
    }
    expect(await acme.show(id)).toMatchObject({ description: '', status: 'enabled' });
    expect((await other.ask('?partnerId=acme')).status).toBe(404);
    expect((await other.ask('?partnerId=acme', { body: { url, eventTypes: ['*'] } })).status).toBe(404);
  });

  it('are made by an admin for the partner it names, and shown to it with and without', async () => {
    const body = { url, eventTypes: ['*'] };
    const asAdmin = (path: string, call: object = {}) =>
      shop.gateway.fetch(`/v1/webhook-endpoints${path}`, { as: 'admin', ...call });

    const refused = await asAdmin('', { body });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ errors: [{ path: 'partnerId' }] });

    const { id, partnerId } = (await (await asAdmin('?partnerId=other', { body })).json()) as CreatedEndpoint;
    expect(partnerId).toBe('other');
    expect((await asAdmin(`/${id}`)).status).toBe(200);
    expect((await asAdmin(`/${id}?partnerId=other`)).status).toBe(200);
    expect((await asAdmin(`/${id}?partnerId=acme`)).status).toBe(404);
    expect((await shop.gateway.fetch(`/v1/webhook-endpoints/${id}`, { as: 'shop' })).status).toBe(403);
  });
});
