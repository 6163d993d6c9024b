import { isDeepStrictEqual } from 'node:util';
import type { Audience } from './event-contract.js';
import type { JsonSchema } from './json-schema.js';

/** A change that a running consumer, or a stored fact, would not survive. */
export interface Break {
  /** `order.placed.v1` */
  type: string;
  /** Place in the schema, `/lines/items/quantity`; empty for the whole. */
  path: string;
  fault: string;
  /** What to do instead. */
  remedy: string;
}

/** Words about a schema that no validator looks at. */
const annotations = new Set([
  '$schema',
  '$id',
  '$comment',
  'title',
  'description',
  'examples',
  'default',
  'x-audience',
]);

/** Wider to the right. */
const audiences: readonly Audience[] = ['internal', 'owner', 'all'];

/**
 * Compares the schemas of this build with the released ones, both by type. Within a version only optional properties
 * may be added.
 *
 * Any other change breaks somebody, whichever way it goes: stored facts of years are read by new consumers, new facts
 * by consumers deployed an hour or a year ago. So a narrower bound is a break (old facts fail), and a wider one too, and
 * so is one more value of an enum: consumers that are running check what they read, and would put it to the dead letters.
 */
export function breaksOf(released: Record<string, JsonSchema>, current: Record<string, JsonSchema>): Break[] {
  return Object.entries(released).flatMap(([type, before]) => {
    const after = current[type];
    if (!after) return [gone(type)];
    return [...audienceFaults(before, after), ...faultsOf(before, after, '')].map(({ path, fault }) => ({
      type,
      path,
      fault,
      remedy: remedyFor(type),
    }));
  });
}

/** One line for people. */
export const describeBreak = ({ type, path, fault, remedy }: Break): string =>
  `${type}${path && ` ${path}`}: ${fault}. ${remedy}`;

type Fault = Pick<Break, 'path' | 'fault'>;

const gone = (type: string): Break => ({
  type,
  path: '',
  fault: 'it was released and is gone',
  remedy: 'Stored facts and running consumers still have it: put its class back until no stream holds one',
});

function remedyFor(type: string): string {
  const [, name, version] = /^(.+)\.v(\d+)$/.exec(type)!;
  const next = `${name!.replace('.', '-')}.v${Number(version) + 1}`;
  return (
    'Within a version only optional properties may be added: leave this version as it is, declare the new one in a ' +
    `file of its own (${next}.ts), and publish both until every consumer has moved`
  );
}

function audienceFaults(before: JsonSchema, after: JsonSchema): Fault[] {
  const [was, is] = [before, after].map((schema) => audiences.indexOf(schema['x-audience'] as Audience));
  return is! < was! ? [{ path: '', fault: `its audience shrank from ${audiences[was!]} to ${audiences[is!]}` }] : [];
}

function faultsOf(before: JsonSchema, after: JsonSchema, path: string): Fault[] {
  const keywords = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keywords]
    .filter((keyword) => !annotations.has(keyword))
    .flatMap((keyword) => {
      if (keyword === 'required') return requiredFaults(before, after, path);
      if (keyword === 'properties') return propertyFaults(before, after, path);
      if (keyword === 'items' && isSchema(before['items']) && isSchema(after['items'])) {
        return faultsOf(before['items'], after['items'], `${path}/items`);
      }
      return isDeepStrictEqual(before[keyword], after[keyword])
        ? []
        : [{ path, fault: `${keyword} changed from ${shown(before[keyword])} to ${shown(after[keyword])}` }];
    });
}

function propertyFaults(before: JsonSchema, after: JsonSchema, path: string): Fault[] {
  const [were, are] = [propertiesOf(before), propertiesOf(after)];
  return Object.entries(were).flatMap(([name, schema]) => {
    const place = `${path}/${name}`;
    return are[name] ? faultsOf(schema, are[name], place) : [{ path: place, fault: 'it was removed' }];
  });
}

function requiredFaults(before: JsonSchema, after: JsonSchema, path: string): Fault[] {
  const [were, are] = [requiredOf(before), requiredOf(after)];
  const existed = propertiesOf(before);
  const exists = propertiesOf(after);
  return [
    ...were
      .filter((name) => !are.includes(name) && exists[name])
      .map((name) => ({ path: `${path}/${name}`, fault: 'it was required and became optional' })),
    ...are
      .filter((name) => !were.includes(name))
      .map((name) => ({
        path: `${path}/${name}`,
        fault: existed[name] ? 'it was optional and became required' : 'it is new and required',
      })),
  ];
}

const propertiesOf = (schema: JsonSchema) => (schema['properties'] ?? {}) as Record<string, JsonSchema>;
const requiredOf = (schema: JsonSchema) => (schema['required'] ?? []) as string[];
const isSchema = (value: unknown): value is JsonSchema => value !== null && typeof value === 'object';
const shown = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value));
