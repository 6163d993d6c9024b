import type { JsonSchema } from '@hookshop/contracts';
import { findSubscribable, typesMatching } from './subscribable-types.js';

/** Types of JSON that a field may hold, as JSON Schema calls them; empty: no event has such a field. */
export type FieldTypes = ReadonlySet<string>;

/** Looks fields up in the schemas of the events that these patterns mean. */
export function fieldsOf(patterns: readonly string[]): (path: readonly string[]) => FieldTypes {
  const schemas = typesMatching(patterns).map((type) => findSubscribable(type)!.schema);
  return (path) => new Set(schemas.flatMap((schema) => typesAt(schema, path)));
}

/** Arrays are looked into: a condition on them holds when it holds for one element. */
function typesAt(schema: JsonSchema, [first, ...rest]: readonly string[]): string[] {
  if (schema['type'] === 'array') {
    return typesAt((schema['items'] ?? {}) as JsonSchema, first === undefined ? [] : [first, ...rest]);
  }
  if (first === undefined) return [schema['type'] ?? 'string'].flat().map(String);
  const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>;
  const property = Object.hasOwn(properties, first) ? properties[first] : undefined;
  return property === undefined ? [] : typesAt(property, rest);
}
