import { declareEvent, type JsonSchema } from '@hookshop/contracts';
import { eventIn } from './event-in.js';
import type { Mapping } from './inbound-source.js';

const type = 'parchment.sealed.v1';
const mapping = (pointer = '', schema: JsonSchema = { type: 'object' }): Mapping => ({
  type,
  pointer,
  event: declareEvent(type, 'Somebody sealed a parchment.', schema),
});
const faultOf = (body: string | Buffer, pointer = '', schema?: JsonSchema): string => {
  const found = eventIn(mapping(pointer, schema), Buffer.from(body));
  return 'fault' in found ? found.fault : 'none';
};
/** Objects in objects, so many in all. */
const nested = (levels: number): string => '{"a":'.repeat(levels - 1) + '{}' + '}'.repeat(levels - 1);

describe('the event in a message', () => {
  it('is the whole body where no place is named', () => {
    const wholly = mapping();

    expect(eventIn(wholly, Buffer.from('{"a":1}'))).toEqual({ event: wholly.event, data: { a: 1 } });
  });

  it('is what a JSON pointer leads to', () => {
    const inside = mapping('/data/items/1/a~1b');

    expect(eventIn(inside, Buffer.from('{"data":{"items":[0,{"a/b":{"c":1}}]}}'))).toMatchObject({ data: { c: 1 } });
  });

  it('may have more than its schema tells of', () => {
    const schema = { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] };

    expect(faultOf('{"a":1,"b":"é 😀 \\t \\ud83d\\ude00"}', '', schema)).toBe('none');
  });

  it.each([
    ['is nowhere', '{"data":1}', '/document', 'data must be object'],
    ['is inherited', '{}', '/constructor', 'data must be object'],
    ['is a list', '[]', '', 'data must be object'],
    ['is null', 'null', '', 'data must be object'],
    ['is text', '"a"', '', 'data must be object'],
  ])('is none when it %s', (_, body, pointer, fault) => {
    expect(faultOf(body, pointer)).toBe(`is not ${type}: ${fault}`);
  });

  it.each([
    ['empty', ''],
    ['cut off', '{"a":'],
    ['another language', '<a/>'],
    ['JSON behind a mark of its byte order', '\ufeff{}'],
  ])('is none in a body that is %s', (_, body) => {
    expect(faultOf(body)).toBe(`is not ${type}: the body is not JSON`);
  });

  it('is none in a body that is not UTF-8', () => {
    expect(faultOf(Buffer.from('{"a":"\xff"}', 'latin1'))).toBe(`is not ${type}: the body is not UTF-8`);
  });

  it.each([
    ['NUL', '{"a":"\\u0000"}'],
    ['NUL in a list', '{"a":[1,["\\u0000"]]}'],
    ['NUL in a name', '{"a":{"\\u0000":1}}'],
    ['half of a surrogate pair', '{"a":"\\ud83d"}'],
    ['the other half', '{"a":"\\ude00"}'],
    ['half of a surrogate pair in a name', '{"\\ud83d":1}'],
    ['an integer beyond 2^53', '{"a":9007199254740993}'],
    ['an integer below -2^53', '{"a":[-9007199254740993]}'],
    ['a number without end', '{"a":1e999}'],
    ['33 levels', nested(33)],
    ['levels without end', '['.repeat(100_000) + ']'.repeat(100_000)],
  ])('is none when it holds %s, which not everybody could keep', (_, body) => {
    expect(faultOf(body)).toBe(
      `is not ${type}: it is nested too deeply, or holds characters or numbers that cannot be kept`,
    );
  });

  it('may have 32 levels', () => {
    expect(faultOf(nested(32))).toBe('none');
  });

  it('may have every number that stays the same', () => {
    expect(faultOf('{"a":[9007199254740991,-9007199254740991,0.1,1e-7]}')).toBe('none');
  });

  it('may lie beside what could not be kept', () => {
    expect(faultOf('{"document":{},"other":"\\u0000"}', '/document')).toBe('none');
  });

  it('is none when its schema does not describe it: five faults are told', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const properties = Object.fromEntries(names.map((name) => [name, { type: 'string' }]));
    const body = JSON.stringify(Object.fromEntries(names.map((name) => [name, 1])));

    expect(faultOf(body, '', { type: 'object', properties })).toBe(
      `is not ${type}: a must be string; b must be string; c must be string; d must be string; e must be string`,
    );
  });

  it('tells at most 500 characters of what is wrong', () => {
    const name = 'a'.repeat(600);

    expect(faultOf('{}', '', { type: 'object', required: [name] })).toHaveLength(500);
  });
});
