import { emailKeyOf, segmentOf } from './customer.js';

describe('a customer', () => {
  it.each([
    [0, 0, 'new'],
    [1, 9_999, 'new'],
    [2, 9_999, 'returning'],
    [7, -1, 'returning'],
    [1, 10_000, 'vip'],
    [9, 10_000, 'vip'],
    [0, 10_000, 'vip'],
  ] as const)('with %i confirmed orders and %i cents of lifetime value is %s', (ordersConfirmed, value, segment) => {
    expect(segmentOf({ ordersConfirmed, lifetimeValueInCents: value }, 10_000)).toBe(segment);
  });

  it.each([
    ['Ada@Example.COM', 'ada@example.com'],
    ['ÄDA@example.com', 'äda@example.com'],
    ['A\u0308da@example.com', '\u00e4da@example.com'],
  ])('%s is the customer %s', (email, key) => {
    expect(emailKeyOf(email)).toBe(key);
  });

  it('is not who has another address', () => {
    expect(emailKeyOf('a.da@example.com')).not.toBe(emailKeyOf('ada@example.com'));
  });
});
