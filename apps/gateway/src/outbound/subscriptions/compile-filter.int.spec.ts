import { jest } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@hookshop/testing';
import fc from 'fast-check';
import { compileFilter } from './compile-filter.js';
import { bodies, filters } from './testing/arbitrary-filters.js';
import { holds } from './testing/holds.js';

jest.setTimeout(60_000);

const compiled = (filter: object): string => {
  const result = compileFilter(filter, ['order.*']);
  if ('errors' in result) throw new Error(JSON.stringify(result.errors));
  return result.path;
};

describe('a compiled filter', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.drop());

  /** Unlike `@@`, which turns errors into NULL, `jsonb_path_match` raises them. */
  const matches = async (filter: object, bodies: unknown[]): Promise<(boolean | null)[]> => {
    const rows = await database.query<{ holds: boolean | null }>(
      `SELECT jsonb_path_match(body::jsonb, $2::jsonpath) AS holds
       FROM unnest($1::text[]) WITH ORDINALITY AS given (body, place) ORDER BY place`,
      [bodies.map((body) => JSON.stringify(body)), compiled(filter)],
    );
    return rows.map((row) => row.holds);
  };

  it('says of any body what the filter says of it, and never raises or says unknown', async () => {
    await fc.assert(
      fc.asyncProperty(filters, fc.array(bodies, { minLength: 1, maxLength: 8 }), async (filter, given) => {
        expect(await matches(filter, given)).toEqual(given.map((body) => holds(filter, body)));
      }),
      { numRuns: 500 },
    );
  });

  const order = { totalInCents: 12_900, currency: 'USD', lines: [{ sku: 'A', quantity: 1 }, { sku: 'B' }] };

  it.each<[string, boolean, object]>([
    ['an amount that is high enough', true, { 'data.totalInCents': { $gte: 12_900 } }],
    ['an amount outside a range', false, { 'data.totalInCents': { $gt: 1, $lt: 12_900 } }],
    ['one element of a list', true, { 'data.lines.sku': 'B' }],
    ['no element of a list', false, { 'data.lines.sku': { $in: ['C', 'D'] } }],
    ['a list with an element that must not be there', false, { 'data.lines.sku': { $ne: 'A' } }],
    ['a missing field that must not have a value', true, { 'data.customer.email': { $ne: 'ada@example.com' } }],
    ['a missing field that must not have any of several', true, { 'data.customer.email': { $nin: ['a', 'b'] } }],
    ['the denial of a comparison with a missing field', true, { $not: { 'data.customer.email': { $gt: 'a' } } }],
    ['a missing field that must be missing', true, { 'data.customer': { $exists: false } }],
    ['a missing field, which is not null', false, { 'data.customer.email': null }],
    ['one of two', true, { $or: [{ 'data.currency': 'EUR' }, { 'data.lines.quantity': 1 }] }],
    ['both of two', false, { $and: [{ 'data.currency': 'EUR' }, { 'data.lines.quantity': 1 }] }],
  ])('meets %s: %s', async (_, expected, filter) => {
    expect(await matches(filter, [{ data: order }])).toEqual([expected]);
  });

  it('says that what is of another type than expected is not equal, and not ordered', async () => {
    const mistyped = { data: { totalInCents: 'many', currency: 5 } };

    expect(await matches({ 'data.totalInCents': { $gt: 1 } }, [mistyped])).toEqual([false]);
    expect(await matches({ $not: { 'data.totalInCents': { $gt: 1 } } }, [mistyped])).toEqual([true]);
    expect(await matches({ 'data.currency': { $ne: 'USD' } }, [mistyped])).toEqual([true]);
  });
});
