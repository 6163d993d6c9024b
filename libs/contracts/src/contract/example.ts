import { createHash } from 'node:crypto';
import type { JsonSchema } from './json-schema.js';

/** What people would expect to read there, by the name of the property. Taken only where the schema allows it. */
const expected = new Map<string, unknown>(
  Object.entries({
    amountInCents: 12_900,
    attempts: 10,
    available: 3,
    carrier: 'UPS',
    city: 'Springfield',
    country: 'US',
    currency: 'USD',
    email: 'ada@example.com',
    failed: 5,
    lastError: 'The endpoint answered 503 Service Unavailable',
    lastStatus: 503,
    line1: '12 Main Street',
    line2: 'Apartment 4',
    messageId: '<order-confirmed@shop.example>',
    name: 'Ada Lovelace',
    partnerId: 'acme',
    postalCode: '12345',
    priceInCents: 12_900,
    previousPriceInCents: 14_900,
    providerReference: 'pi_3example',
    quantity: 1,
    reason: 'card_declined',
    requested: 5,
    segment: 'returning',
    sku: 'KEYB-01',
    threshold: 5,
    totalInCents: 12_900,
    trackingNumber: '1Z999AA10123456784',
    type: 'order.placed.v1',
    unitPriceInCents: 12_900,
  }),
);

/** One of these fits every pattern that the field decorators make. */
const ordinaryTexts = ['example', 'KEYB-01', 'ada@example.com', 'USD', 'US', 'x'];

const EXAMPLE_TIME = '2026-01-15T09:30:00.000Z';

/**
 * Data that a schema describes: the example that it gives itself, or else every property, the optional ones too, one
 * item per list. The same schema has the same example always.
 *
 * @throws Error for a schema that no known text fits: teach `ordinaryTexts` the pattern, or give it `examples`
 */
export const exampleOf = (schema: JsonSchema): unknown => exampleAt(schema, '');

function exampleAt(schema: JsonSchema, name: string): unknown {
  if (Array.isArray(schema['examples']) && schema['examples'].length > 0) return schema['examples'][0];
  if (schema['const'] !== undefined) return schema['const'];
  if (Array.isArray(schema['enum'])) return fromEnum(schema['enum'], name);
  switch (schema['type']) {
    case 'object':
      return exampleObject(schema);
    case 'array':
      return exampleList(schema, name);
    case 'string':
      return exampleText(schema, name);
    case 'integer':
    case 'number':
      return exampleNumber(schema, name);
    case 'boolean':
      return true;
    default:
      throw new Error(`"${name}" has the type ${JSON.stringify(schema['type'])}, of which there is no example`);
  }
}

const fromEnum = (values: readonly unknown[], name: string): unknown =>
  values.includes(expected.get(name)) ? expected.get(name) : values[0];

const exampleObject = ({ properties = {} }: JsonSchema): JsonSchema =>
  Object.fromEntries(
    Object.entries(properties as Record<string, JsonSchema>).map(([name, schema]) => [name, exampleAt(schema, name)]),
  );

const exampleList = ({ items = { type: 'string' }, minItems = 1 }: JsonSchema, name: string): unknown[] =>
  Array.from({ length: Math.max(1, minItems as number) }, () => exampleAt(items as JsonSchema, name));

function exampleNumber({ minimum = -Infinity, maximum = Infinity }: JsonSchema, name: string): number {
  const wanted = expected.get(name);
  const start = typeof wanted === 'number' ? wanted : 1;
  return Math.min(Math.max(start, minimum as number), maximum as number);
}

function exampleText(schema: JsonSchema, name: string): string {
  if (schema['format'] === 'uuid') return exampleId(name);
  if (schema['format'] === 'date-time') return EXAMPLE_TIME;
  const text = [expected.get(name), ...ordinaryTexts].find((text) => typeof text === 'string' && fits(schema, text));
  if (text === undefined) throw new Error(`No known text fits "${name}": ${JSON.stringify(schema)}`);
  return text as string;
}

const fits = ({ pattern = '', minLength = 0, maxLength = Infinity }: JsonSchema, text: string): boolean =>
  new RegExp(pattern as string, 'u').test(text) &&
  text.length >= (minLength as number) &&
  text.length <= (maxLength as number);

/** Looks like a UUIDv7; two properties of different names have different ones. */
const exampleId = (name: string): string =>
  `019bc0de-0000-7000-8000-${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;
