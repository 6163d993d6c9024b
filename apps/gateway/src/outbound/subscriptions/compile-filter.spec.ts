import { compileFilter } from './compile-filter.js';

const errorsOf = (filter: unknown, patterns = ['order.*']): { path: string; message: string }[] => {
  const compiled = compileFilter(filter, patterns);
  return 'errors' in compiled ? compiled.errors : [];
};

/** So many filters in one another. */
const nested = (levels: number): object => (levels === 1 ? { 'data.currency': 'USD' } : { $not: nested(levels - 1) });

const conditions = (count: number): object => ({
  $and: Array.from({ length: Math.ceil(count / 10) }, (_, part) => ({
    $or: Array.from({ length: Math.min(10, count - part * 10) }, (_, n) => ({ 'data.totalInCents': part * 10 + n })),
  })),
});

describe('a content filter', () => {
  it.each<[string, unknown]>([
    ['a value', { 'data.currency': 'USD' }],
    ['several operators', { 'data.totalInCents': { $gte: 1, $lt: 10 } }],
    ['a field of a part', { 'data.customer.email': { $ne: 'ada@example.com' } }],
    ['a field of the items of a list', { 'data.lines.sku': { $in: ['A', 'B'] } }],
    ['the presence of a list', { 'data.lines': { $exists: true } }],
    ['null', { 'data.shippingAddress.line2': null }],
    ['a field that only some of the types have', { 'data.trackingNumber': { $exists: true } }],
    ['filters in filters', { $or: [{ 'data.currency': 'USD' }, { $not: { $and: [{ 'data.currency': 'EUR' }] } }] }],
    ['as many levels as allowed', nested(5)],
    ['as many conditions as allowed', conditions(50)],
    ['as long a text as allowed', { 'data.currency': 'x'.repeat(500) }],
    ['as many values as allowed', { 'data.totalInCents': { $in: Array.from({ length: 100 }, (_, n) => n) } }],
  ])('may ask for %s', (_, filter) => {
    expect(errorsOf(filter)).toEqual([]);
  });

  it('becomes comparisons whose third truth value stays inside exists()', () => {
    const filter = { 'data.totalInCents': { $gte: 10_000 }, $not: { 'data.currency': 'E"R' } };

    expect(compileFilter(filter, ['order.*'])).toEqual({
      path: String.raw`(exists($."data"."totalInCents" ? (@ >= 10000)) && !(exists($."data"."currency" ? (@ == "E\"R"))))`,
    });
  });

  it.each<[string, unknown, string, string]>([
    ['no object', 'x', 'filter', 'must be an object of conditions'],
    ['null', null, 'filter', 'must be an object of conditions'],
    ['nothing at all', undefined, 'filter', 'must be an object of conditions'],
    ['a list', [], 'filter', 'must be an object of conditions'],
    ['no condition', {}, 'filter', 'has no condition'],
    ['a key outside the data', { type: 'x' }, 'filter.type', 'is neither a field'],
    ['the data as a whole', { data: 1 }, 'filter.data', 'is neither a field'],
    ['an unknown combination', { $nor: [] }, 'filter.$nor', 'is neither a field'],
    ['a field of no type', { 'data.total': 1 }, 'filter.data.total', 'is a field of none of the event types'],
    ['a field that every object has', { 'data.constructor': 1 }, 'filter.data.constructor', 'is a field of none'],
    [
      'a key that would leave its quotes',
      { 'data.a" ? (@ == 1)': 1 },
      'filter.data.a" ? (@ == 1)',
      'is a field of none',
    ],
    ['an empty list of filters', { $or: [] }, 'filter.$or', 'must be a list of 1 to 20 filters'],
    ['too many filters', { $and: Array(21).fill(nested(1)) }, 'filter.$and', 'must be a list of 1 to 20 filters'],
    ['what is no filter in a list', { $and: [nested(1), 7] }, 'filter.$and.1', 'must be an object of conditions'],
    ['what is no filter negated', { $not: [] }, 'filter.$not', 'must be an object of conditions'],
    ['no operator', { 'data.currency': {} }, 'filter.data.currency', 'has no operator'],
    ['an unknown operator', { 'data.currency': { $regex: 'x' } }, 'filter.data.currency.$regex', 'is no operator'],
    [
      'an operator that every object has',
      { 'data.totalInCents': { toString: 1 } },
      'filter.data.totalInCents.toString',
      'is no operator',
    ],
    [
      'text where there is a number',
      { 'data.totalInCents': { $gte: 'x' } },
      'filter.data.totalInCents.$gte',
      'data.totalInCents is a number; compare it with a number',
    ],
    [
      'a number where there is text',
      { 'data.currency': 5 },
      'filter.data.currency',
      'data.currency is a string; compare it with a string',
    ],
    ['a value for an object', { 'data.lines': 'x' }, 'filter.data.lines', 'is an object; compare one of its fields'],
    [
      'an order of truth values',
      { 'data.currency': { $gt: true } },
      'filter.data.currency.$gt',
      'must be a number or a string',
    ],
    [
      'a presence that is neither',
      { 'data.currency': { $exists: 1 } },
      'filter.data.currency.$exists',
      'must be true or false',
    ],
    ['no value', { 'data.currency': { $in: [] } }, 'filter.data.currency.$in', 'must be a list of 1 to 100 values'],
    [
      'too many values',
      { 'data.totalInCents': { $nin: Array.from({ length: 101 }, (_, n) => n) } },
      'filter.data.totalInCents.$nin',
      'must be a list of 1 to 100 values',
    ],
    [
      'a list as a value',
      { 'data.currency': ['USD'] },
      'filter.data.currency',
      'must be a string, a number, true, false or null',
    ],
    ['infinity', { 'data.totalInCents': Infinity }, 'filter.data.totalInCents', 'must be a string, a number'],
    ['text that is too long', { 'data.currency': 'x'.repeat(501) }, 'filter.data.currency', 'at most 500 characters'],
    ['NUL', { 'data.currency': 'a\0b' }, 'filter.data.currency', 'well-formed text without NUL'],
    ['half a surrogate pair', { 'data.currency': '\ud83d' }, 'filter.data.currency', 'well-formed text without NUL'],
    ['one level too many', nested(6), `filter${'.$not'.repeat(5)}`, 'is nested deeper than 5 levels'],
    ['too many conditions, once', conditions(70), 'filter', 'has more than 50 conditions'],
    [
      'more bytes than allowed, in fewer characters',
      { 'data.currency': { $in: Array(10).fill('ü'.repeat(450)) } },
      'filter',
      'is larger than 8 KiB as JSON',
    ],
  ])('is refused for %s', (_, filter, path, message) => {
    expect(errorsOf(filter)).toEqual([{ path, message: expect.stringContaining(message) as string }]);
  });

  it('is refused for a field that only types have to which the endpoint does not listen', () => {
    expect(errorsOf({ 'data.trackingNumber': 'x' }, ['order.shipped.v1'])).toEqual([]);
    expect(errorsOf({ 'data.trackingNumber': 'x' }, ['order.placed.v1'])).toHaveLength(1);
    // Of an internal type.
    expect(errorsOf({ 'data.paymentMethod': 'x' }, ['*'])).toHaveLength(1);
  });

  it('is refused however deep it goes', () => {
    let value: unknown = 'USD';
    for (let level = 0; level < 100_000; level += 1) value = [value];

    expect(errorsOf({ 'data.currency': value }).map(({ path }) => path)).toEqual(['filter.data.currency']);
    expect(errorsOf(nested(1_000)).map(({ path }) => path)).toEqual([`filter${'.$not'.repeat(5)}`]);
  });

  it('names every fault', () => {
    expect(errorsOf({ 'data.currency': 1, 'data.nothing': 2 }).map(({ path }) => path)).toEqual([
      'filter.data.currency',
      'filter.data.nothing',
    ]);
  });
});
