import fc from 'fast-check';
import { InvalidPointer, jsonPointer } from './json-pointer.js';

/** The examples of RFC 6901, section 5. */
const document = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'e^f': 3,
  'g|h': 4,
  'i\\j': 5,
  'k"l': 6,
  ' ': 7,
  'm~n': 8,
};

describe('jsonPointer', () => {
  it.each([
    ['', document],
    ['/foo', ['bar', 'baz']],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/e^f', 3],
    ['/g|h', 4],
    ['/i\\j', 5],
    ['/k"l', 6],
    ['/ ', 7],
    ['/m~0n', 8],
  ])('follows %j as RFC 6901 has it', (pointer, value) => {
    expect(jsonPointer(document, pointer)).toEqual(value);
  });

  it('reads ~01 as ~1, not as a slash', () => {
    expect(jsonPointer({ '~1': 'tilde', '/': 'slash' }, '/~01')).toBe('tilde');
  });

  it.each(['/bar', '/foo/2', '/foo/-', '/foo/00', '/foo/01', '/foo/1e0', '/foo/ 0', '/foo/-1', '/foo/0/0', '/foo//'])(
    'finds nothing at %j',
    (pointer) => {
      expect(jsonPointer(document, pointer)).toBeUndefined();
    },
  );

  it.each(['/constructor', '/toString', '/__proto__', '/foo/length', '/foo/map', '/foo/0/length'])(
    'does not reach what every object has: %j',
    (pointer) => {
      expect(jsonPointer(document, pointer)).toBeUndefined();
    },
  );

  it('reaches properties that a document itself names so', () => {
    const hostile: unknown = JSON.parse('{"__proto__":{"id":1},"constructor":2,"length":3}');

    expect(jsonPointer(hostile, '/__proto__/id')).toBe(1);
    expect(jsonPointer(hostile, '/constructor')).toBe(2);
    expect(jsonPointer(hostile, '/length')).toBe(3);
  });

  it.each([null, undefined, 'text', 1, true])('finds nothing in %j', (value) => {
    expect(jsonPointer(value, '/a')).toBeUndefined();
    expect(jsonPointer(value, '')).toBe(value);
  });

  it.each(['id', ' /id', '#/id', 'a/b', '/a~', '/a~2', '/~/b', '~0'])('refuses %j, which is no pointer', (pointer) => {
    expect(() => jsonPointer({}, pointer)).toThrow(InvalidPointer);
  });

  it('says how a pointer is written', () => {
    expect(() => jsonPointer({}, 'event.id')).toThrow(
      '"event.id" is no JSON pointer: write / before every name, ~1 for a / in a name, ~0 for a ~',
    );
  });

  it('finds what is there under any name', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 4 }), (names) => {
        const nested = names.reduceRight<unknown>((inner, name) => Object.fromEntries([[name, inner]]), 'here');
        const pointer = names.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

        expect(jsonPointer(nested, pointer)).toBe('here');
      }),
    );
  });
});
