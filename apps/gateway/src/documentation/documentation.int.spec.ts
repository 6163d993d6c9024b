import { jest } from '@jest/globals';
import { testBroker, testDatabase, type TestBroker, type TestDatabase } from '@hookshop/testing';
import { startGateway, type TestGateway } from '../testing/test-gateway.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

describe('the documentation', () => {
  let broker: TestBroker;
  let database: TestDatabase;
  let gateway: TestGateway;
  interface Operation {
    security?: object[];
    responses: Record<string, { content?: Record<string, { schema: object }> }>;
    requestBody?: {
      content: { 'application/json': { schema: { additionalProperties: boolean; required: string[] } } };
    };
    parameters?: { name: string; in: string }[];
  }
  let document: {
    openapi: string;
    security: object[];
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, object> };
  };

  beforeAll(async () => {
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    gateway = await startGateway({ natsUrl: broker.url, databaseUrl: database.url });
    document = (await read('/openapi.json').then((response) => response.json())) as typeof document;
  });

  afterAll(async () => {
    await gateway.stop();
    await broker.stop();
    await database.drop();
  });

  const read = (path: string): Promise<Response> => gateway.fetch(path, { as: null });
  const operations = (): [string, Operation][] =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation] => [
        `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
        operation,
      ]),
    );

  it('tells of every one, as OpenAPI 3.1', () => {
    const guarded = gateway.routes
      .filter(({ path }) => path.startsWith('/v1'))
      .map(({ method, path }) => `${method} ${path}`);
    expect(document.openapi).toBe('3.1.0');
    expect(document.security).toEqual([{ key: [] }]);
    expect(
      operations()
        .map(([door]) => door)
        .sort(),
    ).toEqual(guarded.sort());
  });

  it('tells what each answers and how each refuses', () => {
    for (const [door, { responses }] of operations()) {
      const statuses = Object.keys(responses);
      expect([door, statuses.filter((status) => status.startsWith('2')).length]).toEqual([door, 1]);
      for (const status of ['401', '403', '503'])
        expect([door, statuses]).toEqual([door, expect.arrayContaining([status])]);
      for (const [status, { content }] of Object.entries(responses)) {
        if (Number(status) >= 400) expect(Object.keys(content!)).toEqual(['application/problem+json']);
      }
    }
  });

  it('derives bodies and queries from the classes that check them', () => {
    const placing = document.paths['/v1/orders']!['post']!;
    const body = placing.requestBody!.content['application/json'].schema;

    expect(body.required).toEqual(['customer', 'lines', 'payment', 'shippingAddress']);
    expect(body.additionalProperties).toBe(false);
    expect(document.paths['/v1/orders']!['get']!.parameters!.map(({ name }) => name).sort()).toEqual([
      'cursor',
      'email',
      'limit',
      'status',
    ]);
  });

  it('refers to nothing that is not there', () => {
    const names = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name!,
    );

    expect(names.length).toBeGreaterThan(20);
    for (const name of names) expect(Object.keys(document.components.schemas)).toContain(name);
  });

  it('tells of every fact, as AsyncAPI', async () => {
    const facts = (await (await read('/asyncapi.json')).json()) as {
      asyncapi: string;
      channels: Record<string, { address: string }>;
    };

    expect(facts.asyncapi).toMatch(/^3\./);
    expect(facts.channels['order.placed.v1']!.address).toBe('shop.order.placed.v1');
  });

  it('has a page to read it that loads nothing from elsewhere', async () => {
    const page = await (await read('/docs')).text();
    const addresses = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);

    expect(addresses.length).toBeGreaterThan(2);
    expect(addresses.filter((address) => /^(https?:)?\/\//.test(address))).toEqual([]);
  });
});
