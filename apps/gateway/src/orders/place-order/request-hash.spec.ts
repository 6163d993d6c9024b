import { requestHash } from './request-hash.js';

describe('requestHash', () => {
  const body = {
    customer: { email: 'a@b.c', name: 'A' },
    lines: [
      { sku: 'A', quantity: 1 },
      { sku: 'B', quantity: 2 },
    ],
  };

  it('is the same whatever the order of properties, at every depth', () => {
    const reordered = {
      lines: [
        { quantity: 1, sku: 'A' },
        { quantity: 2, sku: 'B' },
      ],
      customer: { name: 'A', email: 'a@b.c' },
    };

    expect(requestHash(reordered)).toEqual(requestHash(body));
  });

  it('takes an absent property and an undefined one for the same', () => {
    expect(requestHash({ ...body, line2: undefined })).toEqual(requestHash(body));
  });

  it.each([
    ['another value', { ...body, customer: { email: 'a@b.c', name: 'B' } }],
    ['a number in place of its text', { ...body, lines: [{ sku: 'A', quantity: '1' }, body.lines[1]] }],
    ['lines in another order', { ...body, lines: [...body.lines].reverse() }],
    ['one more property', { ...body, note: '' }],
  ])('differs for %s', (_, other) => {
    expect(requestHash(other)).not.toEqual(requestHash(body));
  });
});
