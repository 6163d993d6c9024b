import type { FieldError } from '@hookshop/http';
import { fieldsOf, type FieldTypes } from './filter-fields.js';

const MOST_BYTES = 8 * 1_024;
const MOST_CONDITIONS = 50;
const MOST_DEPTH = 5;
const MOST_VALUES = 100;
const MOST_PARTS = 20;
const LONGEST_TEXT = 500;
const MOST_ERRORS = 20;

const orders = { $gt: '>', $gte: '>=', $lt: '<', $lte: '<=' } as const;
const operators = ['$eq', '$ne', '$in', '$nin', '$exists', ...Object.keys(orders)];

/**
 * Turns a content filter into a jsonpath predicate over `{ "data": … }`. A filter is an object of conditions that must
 * all hold: a field, `data.totalInCents`, with a value or with operators ($eq $ne $gt $gte $lt $lte $in $nin $exists),
 * or $and, $or (lists of filters), $not (a filter).
 *
 * Each comparison stands in an `exists(… ? (…))`: jsonpath knows a third truth value for what cannot be compared, and
 * it must not reach a negation.
 *
 * @param patterns the endpoint's event types: a field must be in one of their schemas
 */
export function compileFilter(
  filter: unknown,
  patterns: readonly string[],
): { path: string } | { errors: FieldError[] } {
  const compilation = new Compilation(fieldsOf(patterns));
  const path = compilation.filter(filter, 'filter', 0);
  if (compilation.errors.length > 0) return { errors: compilation.errors.slice(0, MOST_ERRORS) };
  // Only now: writing what nobody found shallow as JSON could overflow the stack.
  if (Buffer.byteLength(JSON.stringify(filter)) > MOST_BYTES) {
    return { errors: [{ path: 'filter', message: `is larger than ${MOST_BYTES / 1_024} KiB as JSON` }] };
  }
  return { path };
}

class Compilation {
  readonly errors: FieldError[] = [];
  private conditions = 0;

  constructor(private readonly typesOf: (path: readonly string[]) => FieldTypes) {}

  filter(filter: unknown, at: string, depth: number): string {
    if (!isObject(filter)) return this.refuse(at, 'must be an object of conditions');
    if (depth >= MOST_DEPTH) return this.refuse(at, `is nested deeper than ${MOST_DEPTH} levels`);
    const entries = Object.entries(filter);
    if (entries.length === 0) return this.refuse(at, 'has no condition');
    return allOf(entries.map(([key, value]) => this.entry(key, value, `${at}.${key}`, depth)));
  }

  private entry(key: string, value: unknown, at: string, depth: number): string {
    if (key === '$not') return `!(${this.filter(value, at, depth + 1)})`;
    if (key === '$and' || key === '$or') {
      if (!Array.isArray(value) || value.length === 0 || value.length > MOST_PARTS) {
        return this.refuse(at, `must be a list of 1 to ${MOST_PARTS} filters`);
      }
      const parts = value.map((part, index) => this.filter(part, `${at}.${index}`, depth + 1));
      return key === '$and' ? allOf(parts) : `(${parts.join(' || ')})`;
    }
    return this.field(key, value, at);
  }

  private field(key: string, value: unknown, at: string): string {
    const [root, ...path] = key.split('.');
    if (root !== 'data' || path.length === 0) {
      return this.refuse(at, 'is neither a field such as data.totalInCents nor $and, $or, $not');
    }
    const types = this.typesOf(path);
    if (types.size === 0) return this.refuse(at, 'is a field of none of the event types');
    const field: Field = { key, place: ['$', ...key.split('.').map((name) => JSON.stringify(name))].join('.'), types };
    if (!isObject(value)) return this.condition(field, '$eq', value, at);
    const entries = Object.entries(value);
    if (entries.length === 0) return this.refuse(at, 'has no operator');
    return allOf(entries.map(([operator, operand]) => this.condition(field, operator, operand, `${at}.${operator}`)));
  }

  private condition(field: Field, operator: string, operand: unknown, at: string): string {
    this.conditions += 1;
    if (this.conditions > MOST_CONDITIONS) return this.refuseExcess();
    if (operator === '$exists') {
      if (typeof operand !== 'boolean') return this.refuse(at, 'must be true or false');
      return operand ? `exists(${field.place})` : `!(exists(${field.place}))`;
    }
    if (operator === '$eq') return this.anyOf(field, [operand], at);
    if (operator === '$ne') return `!(${this.anyOf(field, [operand], at)})`;
    if (operator === '$in' || operator === '$nin') {
      if (!Array.isArray(operand) || operand.length === 0 || operand.length > MOST_VALUES) {
        return this.refuse(at, `must be a list of 1 to ${MOST_VALUES} values`);
      }
      const any = this.anyOf(field, operand, at);
      return operator === '$in' ? any : `!(${any})`;
    }
    // Only its own names: `toString` is in every object.
    if (Object.hasOwn(orders, operator)) {
      if (typeof operand !== 'number' && typeof operand !== 'string') {
        return this.refuse(at, 'must be a number or a string');
      }
      const literal = this.literal(field, operand, at);
      return `exists(${field.place} ? (@ ${orders[operator as keyof typeof orders]} ${literal}))`;
    }
    return this.refuse(at, `is no operator; there are ${operators.join(' ')}`);
  }

  private anyOf(field: Field, operands: readonly unknown[], at: string): string {
    const equal = operands.map((operand) => `@ == ${this.literal(field, operand, at)}`);
    return `exists(${field.place} ? (${equal.join(' || ')}))`;
  }

  private literal({ key, types }: Field, value: unknown, at: string): string {
    if (value === null) return 'null';
    const kind = kindOf(value);
    if (kind === undefined) return this.refuse(at, 'must be a string, a number, true, false or null');
    if (typeof value === 'string') {
      if (value.length > LONGEST_TEXT) return this.refuse(at, `must be at most ${LONGEST_TEXT} characters`);
      if (value.includes('\0') || !value.isWellFormed()) return this.refuse(at, 'must be well-formed text without NUL');
    }
    if (!kind.some((type) => types.has(type))) {
      const [type] = types;
      if (type === 'object') return this.refuse(at, `${key} is an object; compare one of its fields`);
      const name = type === 'integer' ? 'number' : type;
      return this.refuse(at, `${key} is a ${name}; compare it with a ${name}`);
    }
    return JSON.stringify(value);
  }

  /** Once, however many are too many. */
  private refuseExcess(): string {
    const isFirst = this.conditions === MOST_CONDITIONS + 1;
    return isFirst ? this.refuse('filter', `has more than ${MOST_CONDITIONS} conditions`) : 'false';
  }

  private refuse(path: string, message: string): string {
    this.errors.push({ path, message });
    return 'false';
  }
}

interface Field {
  /** `data.totalInCents` */
  key: string;
  /** As a jsonpath. */
  place: string;
  types: FieldTypes;
}

const allOf = (parts: readonly string[]): string => (parts.length === 1 ? parts[0]! : `(${parts.join(' && ')})`);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The types of JSON Schema that such a value fits. */
function kindOf(value: unknown): string[] | undefined {
  if (typeof value === 'string') return ['string'];
  if (typeof value === 'boolean') return ['boolean'];
  return typeof value === 'number' && Number.isFinite(value) ? ['integer', 'number'] : undefined;
}
