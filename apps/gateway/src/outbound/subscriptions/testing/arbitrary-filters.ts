import fc from 'fast-check';

/** Few enough that a filter often finds what it asks for, and each of them one that quoting could get wrong. */
const hostileTexts = [
  '',
  'USD',
  '"',
  '\\',
  '\\"',
  "'",
  '$',
  '@',
  '") || (1 == 1',
  '"))) || exists($ ? (@ == @',
  "'; DROP TABLE webhook_endpoints; --",
  '/* */',
  '\\u0041',
  '\n\r\t\b\f\v',
  '\u0001\u007f',
  '\u2028',
  '\uffff',
  '😀',
  'é',
  'e\u0301',
];

const text = fc.oneof(
  fc.constantFrom(...hostileTexts),
  // jsonb has no NUL, and what takes a body to a filter replaces it.
  fc.string({ unit: 'binary', maxLength: 4 }).filter((one) => !one.includes('\0')),
);
const number = fc.oneof(
  fc.constantFrom(-1, -0, 0, 1, 1.5, 5, 100, 1e21, -1e-7, 5e-324, Number.MAX_VALUE, Number.MAX_SAFE_INTEGER),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

const scalar = fc.oneof(text, number, fc.boolean(), fc.constant(null));
/** What a field holds: what its schema says, or whatever else could stand there. */
const held = (fitting: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 4, arbitrary: fitting },
    scalar,
    fc.array(scalar, { maxLength: 3 }),
    fc.constant({}),
    fc.record({ sku: scalar }),
  );
const part = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> =>
  fc.record(fields, { requiredKeys: [] });

/** Bodies with the data of an order, more or less. */
export const bodies = part({
  data: held(
    part({
      totalInCents: held(number),
      currency: held(text),
      customer: held(part({ email: held(text) })),
      lines: held(fc.array(held(part({ sku: held(text), quantity: held(number) })), { maxLength: 3 })),
    }),
  ),
});

const operators = (literal: fc.Arbitrary<unknown>, ordered: fc.Arbitrary<unknown>): fc.Arbitrary<object> => {
  const literals = fc.array(literal, { minLength: 1, maxLength: 3 });
  const all = { $eq: literal, $ne: literal, $in: literals, $nin: literals, $exists: fc.boolean() };
  return fc
    .record({ ...all, $gt: ordered, $gte: ordered, $lt: ordered, $lte: ordered })
    .chain((record) => fc.subarray(Object.entries(record), { minLength: 1, maxLength: 2 }))
    .map((entries) => Object.fromEntries(entries));
};

const condition = (fitting: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => {
  const literal = fc.oneof({ weight: 5, arbitrary: fitting }, fc.constant(null));
  return fc.oneof(literal, operators(literal, fitting));
};

const exists = fc.boolean().map(($exists) => ({ $exists }));

const conditions = fc
  .record({
    'data.totalInCents': condition(number),
    'data.currency': condition(text),
    'data.customer.email': condition(text),
    'data.lines.sku': condition(text),
    'data.lines.quantity': condition(number),
    'data.customer': exists,
    'data.lines': exists,
  })
  .chain((record) => fc.subarray(Object.entries(record), { minLength: 1, maxLength: 2 }))
  .map((entries) => Object.fromEntries(entries) as Record<string, unknown>);

const combined = (inner: fc.Arbitrary<Record<string, unknown>>): fc.Arbitrary<Record<string, unknown>> => {
  const parts = fc.array(inner, { minLength: 1, maxLength: 2 });
  return fc.oneof(
    conditions,
    parts.map(($and) => ({ $and })),
    parts.map(($or) => ({ $or })),
    fc.tuple(conditions, inner).map(([fields, $not]) => ({ ...fields, $not })),
  );
};

/** Valid content filters for `order.*`, within every limit: at most 32 conditions on 4 levels. */
export const filters = combined(combined(combined(conditions)));
