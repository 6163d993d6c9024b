import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { ShopClient } from './shop-client.js';

// Some thousand requests, on machines that are busy with other specs.
jest.setTimeout(180_000);

interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  enum?: unknown[];
  examples?: unknown[];
  example?: unknown;
  format?: string;
  allOf?: Schema[];
  oneOf?: Schema[];
  anyOf?: Schema[];
}
interface Operation {
  parameters?: { name: string; in: string; schema?: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema; example?: unknown }> };
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const hostile: unknown[] = [
  'a\u0000b',
  '\ud800',
  '\u202e\u0007\r\nSet-Cookie: x=1',
  `x'); DROP TABLE orders; --`,
  '%00%2e%2e%2f..\\..\\etc\\passwd',
  '${jndi:ldap://x/y}{{7*7}}',
  'a'.repeat(20_000),
  '',
  '\u{1F600}'.repeat(300),
  '-1',
  '1e400',
  null,
  -1,
  1.5,
  9_007_199_254_740_993,
  1e308,
  true,
  [],
  {},
  [[[[[[]]]]]],
  { $gt: '' },
];
/** In a path or a query everything is text, and must be text that a URL can carry. */
const hostileTexts = hostile.filter((value): value is string => typeof value === 'string' && value.isWellFormed());

describe('whatever is sent to the gateway', () => {
  const shop = ShopClient.ofRun();
  let document: Document;

  beforeAll(async () => {
    document = (await (await fetch(`${shop.shop.urls['gateway']}/openapi.json`)).json()) as Document;
  });
  afterAll(() => shop.close());

  const resolve = (schema: Schema | undefined): Schema =>
    schema?.$ref ? resolve(document.components.schemas[schema.$ref.split('/').at(-1)!]) : (schema ?? {});

  /** What no schema tells. */
  const good: Record<string, unknown> = {
    email: 'ada@example.com',
    country: 'US',
    currency: 'USD',
    sku: 'KEYB-01',
    method: 'pm_card_visa',
    url: 'https://partner.example/hook',
    eventTypes: ['order.placed.v1'],
    role: 'shop',
  };

  /** Something of the kind that is asked for, so that only one thing is wrong with a request. */
  function sample(given: Schema | undefined, depth = 0, name = ''): unknown {
    const schema = resolve(given);
    if (name in good) return good[name];
    if (schema.example !== undefined) return schema.example;
    if (schema.examples?.length) return schema.examples[0];
    if (schema.enum) return schema.enum[0];
    const [first] = [schema.allOf, schema.oneOf, schema.anyOf].find(Boolean) ?? [];
    if (first) return sample(first, depth + 1);
    if (schema.properties && depth < 6) {
      return Object.fromEntries(
        Object.entries(schema.properties).map(([property, of]) => [property, sample(of, depth + 1, property)]),
      );
    }
    const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
    if (type === 'array') return schema.items ? [sample(schema.items, depth + 1)] : [];
    if (type === 'integer' || type === 'number') return 1;
    if (type === 'boolean') return false;
    if (schema.format === 'uuid') return randomUUID();
    if (schema.format === 'date-time') return '2026-01-01T00:00:00.000Z';
    return type === 'object' ? {} : 'sample';
  }

  /** The body with each of its leaves, one after another, being something else. */
  function* variants(body: unknown, put: (value: unknown) => unknown = (value) => value): Generator<unknown> {
    for (const value of hostile) yield put(value);
    if (Array.isArray(body)) {
      for (const [index, item] of body.entries()) yield* variants(item, (value) => put(body.with(index, value)));
    } else if (typeof body === 'object' && body !== null) {
      for (const [name, item] of Object.entries(body))
        yield* variants(item, (value) => put({ ...body, [name]: value }));
      yield put({ ...body, ['__proto__']: { admin: true }, constructor: { prototype: {} } });
      yield put({ ...body, 'a\u0000b': 1 });
    }
  }

  interface Sent {
    method: string;
    path: string;
    body?: unknown;
    headers?: Record<string, string>;
  }

  /** What was answered where it was not answered as it should be. */
  async function badAnswer({ method, path, body, headers = {} }: Sent): Promise<object | undefined> {
    const response = await fetch(`${shop.shop.urls['gateway']}${path}`, {
      method: method.toUpperCase(),
      headers: {
        authorization: `Bearer ${keyFor(path)}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'manual',
      // The live stream never ends.
      signal: AbortSignal.timeout(10_000),
    });
    const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true;
    const text = response.headers.get('content-type')?.startsWith('text/event-stream') ? '' : await response.text();
    if (text === '') await response.body?.cancel().catch(() => undefined);
    const isGood = response.status < 500 && (response.status < 400 || isProblem);
    const isDiscreet = !/node_modules|\.js:\d+|SELECT |INSERT |QueryFailed|ECONN/.test(text);
    return isGood && isDiscreet ? undefined : { method, path, body, headers, status: response.status, text };
  }

  const keyFor = (path: string): string =>
    path.startsWith('/v1/webhook') || path.startsWith('/v1/event-types') || path.startsWith('/v1/deliveries')
      ? shop.shop.keys.partner
      : /^\/v1\/(?:orders|events)/.test(path)
        ? shop.shop.keys.shop
        : shop.shop.keys.admin;

  const operations = (): { method: string; path: string; operation: Operation }[] =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
    );
  const fill = (path: string, value: (name: string) => string): string =>
    path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(value(name)));
  const known = (): string => randomUUID();

  async function allWell(requests: Iterable<Sent>): Promise<number> {
    const waiting = [...requests];
    const count = waiting.length;
    const bad: object[] = [];
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          const answer = await badAnswer(next);
          if (answer) bad.push(answer);
        }
      }),
    );
    expect(bad.slice(0, 3)).toEqual([]);
    return count;
  }

  it('in a path is answered, and never by a fault of ours', async () => {
    const requests = operations().flatMap(({ method, path, operation }) =>
      path.includes('{')
        ? hostileTexts
            .filter((text) => text !== '' && text.length < 5_000)
            .map((text) => ({
              method,
              path: fill(path, () => text),
              ...(operation.requestBody && { body: {} }),
            }))
        : [],
    );
    expect(await allWell(requests)).toBeGreaterThan(100);
  });

  it('in a query is answered, and never by a fault of ours', async () => {
    const requests = operations().flatMap(({ method, path, operation }) =>
      (operation.parameters ?? [])
        .filter((parameter) => parameter.in === 'query')
        .flatMap(({ name }) =>
          hostileTexts
            .filter((text) => text.length < 5_000)
            .flatMap((text) => {
              const query = `${encodeURIComponent(name)}=${encodeURIComponent(text)}`;
              return [query, `${query}&${query}`].map((asked) => ({ method, path: `${fill(path, known)}?${asked}` }));
            }),
        ),
    );
    expect(await allWell(requests)).toBeGreaterThan(300);
  });

  it('in a body is answered, and never by a fault of ours', async () => {
    const requests = operations().flatMap(({ method, path, operation }) => {
      const content = operation.requestBody?.content['application/json'];
      if (!content) return [];
      const body = content.example ?? sample(content.schema);
      return [...variants(body)].map((variant) => ({ method, path: fill(path, known), body: variant }));
    });
    expect(await allWell(requests)).toBeGreaterThan(500);
  });

  it('in headers is answered, and never by a fault of ours', async () => {
    const texts = ["'; --", 'a'.repeat(300), '\u00ff\u00fe', '0'.repeat(64), ' ', '{"a":1}'];
    const requests = [
      'idempotency-key',
      'authorization',
      'traceparent',
      'accept',
      'content-type',
      'x-forwarded-for',
      'last-event-id',
    ].flatMap((name) =>
      texts.map((text) => ({
        method: 'post',
        path: '/v1/orders',
        body: { nonsense: true },
        headers: { [name]: text },
      })),
    );
    expect(await allWell(requests)).toBeGreaterThan(30);
  });
});
