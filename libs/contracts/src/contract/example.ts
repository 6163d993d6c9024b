import type { JsonSchema } from './json-schema.js';

/** Values for what a pattern or a format describes, by the name of the property. */
const byName: Record<string, string> = {
  sku: 'KEYB-01',
  currency: 'USD',
  country: 'US',
  email: 'ada@example.com',
  name: 'Ada Lovelace',
  line1: '1 Main St',
  city: 'Springfield',
  postalCode: '12345',
  carrier: 'Hookshop Express',
  trackingNumber: 'HX000000001',
  partnerId: 'demo',
  type: 'order.placed.v1',
};

const byFormat: Record<string, string> = {
  uuid: '01982f6e-7a3b-7c4d-8e5f-0123456789ab',
  'date-time': '2026-01-01T12:00:00.000Z',
  email: 'ada@example.com',
};

/** Data that a schema of ours describes, always the same; every property is there, the optional ones too. */
export function exampleOf(schema: JsonSchema, name = ''): unknown {
  const {
    type,
    enum: allowed,
    properties,
    items,
    minItems,
    minimum,
  } = schema as {
    type?: string;
    enum?: unknown[];
    properties?: Record<string, JsonSchema>;
    items?: JsonSchema;
    minItems?: number;
    minimum?: number;
  };
  if (allowed !== undefined) return allowed[0];
  if (properties !== undefined) {
    return Object.fromEntries(Object.entries(properties).map(([key, property]) => [key, exampleOf(property, key)]));
  }
  if (type === 'array') return Array.from({ length: Math.max(1, minItems ?? 0) }, () => exampleOf(items ?? {}, name));
  if (type === 'integer' || type === 'number') return Math.max(minimum ?? 0, 1);
  if (type === 'boolean') return true;
  return text(schema, name);
}

function text({ format, maxLength }: JsonSchema, name: string): string {
  const found = byFormat[String(format)] ?? byName[name] ?? 'example';
  return typeof maxLength === 'number' ? found.slice(0, maxLength) : found;
}
