import { schemaOf, type EventClass, type JsonSchema } from '@hookshop/contracts';

export const text = { type: 'string' };
export const id = { type: 'string', format: 'uuid' };
export const time = { type: 'string', format: 'date-time' };
export const whole = { type: 'integer', minimum: 0 };
export const sku = { type: 'string', examples: ['KEYB-01'] };
export const currency = { type: 'string', examples: ['USD'] };
export const anything = {};
export const oneOf = (values: readonly string[]): JsonSchema => ({ type: 'string', enum: [...values] });
export const orNull = ({ type, ...schema }: JsonSchema): JsonSchema => ({
  ...schema,
  type: [type, 'null'],
  ...(Array.isArray(schema['enum']) ? { enum: [...(schema['enum'] as unknown[]), null] } : {}),
});
export const part = (type: new () => object): JsonSchema => schemaOf(type as EventClass);

/** Names every property of a view, no more and no fewer: the compiler sees to it. */
export const view = <T extends object>(properties: Record<keyof T, JsonSchema>): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
});
