import type { FieldError } from './problem.js';

/** Far beyond any legal request, and small enough that converting and checking it costs no more than a few ms. */
const maxItems = 1_000;
const maxValues = 10_000;
const maxNesting = 32;

/** Would replace what the checks go by: the class of the object, or what it inherits. */
const treacherous = new Set(['constructor', 'prototype', '__proto__']);

/**
 * Conversion and checks recurse, and go item by item: a megabyte of tiny lines would hold everybody up for seconds, a
 * megabyte of brackets would end in a stack overflow. Text with a NUL or half a surrogate pair, which JSON can write,
 * makes checks throw and databases refuse. Tells the first fault, or undefined.
 */
export function refuseBloat(input: object): FieldError | undefined {
  let values = 0;

  const visit = (value: object, path: string, nesting: number): FieldError | undefined => {
    if (nesting > maxNesting) return { path, message: `must not be nested more than ${maxNesting} levels deep` };
    if (Array.isArray(value) && value.length > maxItems) {
      return { path, message: `must contain no more than ${maxItems} elements` };
    }
    for (const key of Object.keys(value)) {
      const item = (value as Record<string, unknown>)[key];
      if (++values > maxValues) return { path: '', message: `must not hold more than ${maxValues} values in all` };
      if (treacherous.has(key)) return { path: join(path, key), message: `property ${key} should not exist` };
      if (!isText(key) || (typeof item === 'string' && !isText(item))) {
        return { path: join(path, key.toWellFormed()), message: 'must be well-formed text without NUL' };
      }
      if (typeof item === 'object' && item !== null) {
        const fault = visit(item, join(path, key), nesting + 1);
        if (fault !== undefined) return fault;
      }
    }
    return undefined;
  };

  return visit(input, '', 1);
}

const isText = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);
