import { breaksOf, describeBreak } from './compatibility.js';
import type { JsonSchema } from './json-schema.js';

const released: JsonSchema = {
  $id: 'urn:hookshop:event:parcel.packed.v1',
  description: 'A parcel is packed.',
  'x-audience': 'all',
  type: 'object',
  properties: {
    parcelId: { type: 'string', format: 'uuid' },
    weight: { type: 'integer', minimum: 1, maximum: 1000 },
    note: { type: 'string' },
    size: { type: 'string', enum: ['small', 'large'] },
    contents: {
      type: 'array',
      items: { type: 'object', properties: { sku: { type: 'string' } }, required: ['sku'] },
    },
  },
  required: ['parcelId', 'weight', 'contents'],
};

/** New values by their place in the schema; `undefined` takes away what is there. */
type Change = Record<string, unknown>;

/** The released schema after a change, as a pull request would make it. */
function after(change: Change): JsonSchema {
  const schema = JSON.parse(JSON.stringify(released)) as JsonSchema;
  for (const [place, value] of Object.entries(change)) {
    const keys = place.split('/');
    const last = keys.pop()!;
    const parent = keys.reduce((node, key) => node[key] as JsonSchema, schema);
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  }
  return schema;
}

const breaks = (change: Change) => breaksOf({ 'parcel.packed.v1': released }, { 'parcel.packed.v1': after(change) });

describe('a released contract may', () => {
  it.each<[string, Change]>([
    ['stay as it is', {}],
    ['gain an optional property', { 'properties/color': { type: 'string' } }],
    [
      'gain an optional property of a nested object',
      { 'properties/contents/items/properties/quantity': { type: 'integer' } },
    ],
    ['be described in other words', { description: 'Somebody packed a parcel.' }],
    ['name its required properties in another order', { required: ['contents', 'weight', 'parcelId'] }],
  ])('%s', (_, change) => {
    expect(breaks(change)).toEqual([]);
  });

  it('be joined by a new type', () => {
    expect(breaksOf({}, { 'parcel.packed.v1': released })).toEqual([]);
  });
});

describe('a released contract must not', () => {
  it.each<[string, Change, string, string]>([
    ['lose a property', { 'properties/note': undefined }, '/note', 'it was removed'],
    [
      'lose a required property',
      { 'properties/weight': undefined, required: ['parcelId', 'contents'] },
      '/weight',
      'it was removed',
    ],
    [
      'gain a required property',
      { 'properties/color': { type: 'string' }, required: ['parcelId', 'weight', 'contents', 'color'] },
      '/color',
      'it is new and required',
    ],
    [
      'require what was optional',
      { required: ['parcelId', 'weight', 'contents', 'note'] },
      '/note',
      'it was optional and became required',
    ],
    [
      'leave out what was required',
      { required: ['parcelId', 'contents'] },
      '/weight',
      'it was required and became optional',
    ],
    ['change a type', { 'properties/weight/type': 'number' }, '/weight', 'type changed from "integer" to "number"'],
    [
      'narrow a bound, which old facts would fail',
      { 'properties/weight/maximum': 500 },
      '/weight',
      'maximum changed from 1000 to 500',
    ],
    [
      'widen a bound, which running consumers would fail',
      { 'properties/weight/maximum': undefined },
      '/weight',
      'maximum changed from 1000 to nothing',
    ],
    ['gain a bound', { 'properties/note/maxLength': 80 }, '/note', 'maxLength changed from nothing to 80'],
    [
      'gain a value of an enum, which running consumers do not know',
      { 'properties/size/enum': ['small', 'large', 'huge'] },
      '/size',
      'enum changed from ["small","large"] to ["small","large","huge"]',
    ],
    [
      'change inside a list',
      { 'properties/contents/items/properties/sku/type': 'integer' },
      '/contents/items/sku',
      'type changed from "string" to "integer"',
    ],
    ['shrink its audience', { 'x-audience': 'internal' }, '', 'its audience shrank from all to internal'],
  ])('%s', (_, change, path, fault) => {
    expect(breaks(change)).toMatchObject([{ type: 'parcel.packed.v1', path, fault }]);
  });

  it('disappear', () => {
    expect(breaksOf({ 'parcel.packed.v1': released }, {})).toMatchObject([
      { type: 'parcel.packed.v1', path: '', fault: 'it was released and is gone' },
    ]);
  });
});

it('tells where the break is and what to do about it', () => {
  const [found] = breaks({ 'properties/weight/type': 'number' });

  expect(describeBreak(found!)).toBe(
    'parcel.packed.v1 /weight: type changed from "integer" to "number". Within a version only optional properties may ' +
      'be added: leave this version as it is, declare the new one in a file of its own (parcel-packed.v2.ts), and ' +
      'publish both until every consumer has moved',
  );
});
