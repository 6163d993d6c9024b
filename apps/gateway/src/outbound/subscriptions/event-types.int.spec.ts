import { jest } from '@jest/globals';
import { allContracts, findContract } from '@hookshop/contracts';
import { testBroker, testDatabase, type TestBroker, type TestDatabase } from '@hookshop/testing';
import type { Role } from '../../authentication/caller.js';
import { startGateway, type TestGateway } from '../../testing/test-gateway.js';
import type { EventTypeView, WholeEventTypeView } from './event-types.controller.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

const INTERNAL = 'order.payment-requested.v1';

describe('event types', () => {
  let broker: TestBroker;
  let database: TestDatabase;
  let gateway: TestGateway;

  beforeAll(async () => {
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    gateway = await startGateway({ natsUrl: broker.url, databaseUrl: database.url });
  });

  afterAll(async () => {
    await gateway.stop();
    await broker.stop();
    await database.drop();
  });

  const get = (path = '', as: Role | null = 'partner'): Promise<Response> =>
    gateway.fetch(`/v1/event-types${path}`, { as });

  it('are listed by name, without those that never leave the shop', async () => {
    const response = await get();
    const { data } = (await response.json()) as { data: EventTypeView[] };
    const types = data.map(({ type }) => type);

    expect(response.status).toBe(200);
    expect(types).toEqual(types.toSorted());
    expect(types).toHaveLength(allContracts().filter(({ audience }) => audience !== 'internal').length);
    expect(types).not.toContain(INTERNAL);
    expect(data).toContainEqual({
      type: 'order.shipped.v1',
      description: 'The carrier picked up an order.',
      audience: 'all',
    });
    expect(data.find(({ type }) => type === 'endpoint.disabled.v1')!.audience).toBe('owner');
  });

  it('are shown with their schema, and an example that it describes', async () => {
    const response = await get('/order.placed.v1');
    const shown = (await response.json()) as WholeEventTypeView;

    expect(response.status).toBe(200);
    expect(Object.keys(shown)).toEqual(['type', 'description', 'audience', 'schema', 'example']);
    expect(shown.schema).toMatchObject({ $id: 'urn:hookshop:event:order.placed.v1', type: 'object' });
    expect(findContract('order.placed.v1')!.check(shown.example)).toEqual([]);
    expect(shown.example).toMatchObject({ currency: 'USD', lines: [{ sku: 'KEYB-01' }] });
  });

  it.each([
    ['unknown', 'order.eaten.v1'],
    ['internal', INTERNAL],
    ['a pattern', 'order.*'],
  ])('are not found when they are %s, each with the same words', async (_, type) => {
    const response = await get(`/${type}`);

    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ detail: 'There is no such event type; see GET /v1/event-types.' });
  });

  it.each<[Role | null, number]>([
    ['admin', 200],
    ['shop', 403],
    [null, 401],
  ])('are answered to %s with %d', async (as, status) => {
    expect((await get('', as)).status).toBe(status);
    expect((await get('/order.placed.v1', as)).status).toBe(status);
  });
});
