import {
  checkEventTypes,
  firstTypeOf,
  isSubscribable,
  subscribableContracts,
  typesMatching,
} from './subscribable-types.js';

const INTERNAL = 'order.payment-requested.v1';

describe('the types that may leave', () => {
  it('are those for partners, operational ones too, and no internal one', () => {
    const types = subscribableContracts().map(({ type }) => type);

    expect(types).toEqual(expect.arrayContaining(['order.placed.v1', 'endpoint.disabled.v1']));
    expect(types).not.toContain(INTERNAL);
    expect(isSubscribable('order.placed.v1')).toBe(true);
    expect(isSubscribable(INTERNAL)).toBe(false);
  });
});

describe('event types', () => {
  it('are everything, an aggregate, or one type', () => {
    expect(checkEventTypes(['*', 'order.*', 'payment.captured.v1'])).toEqual([]);
  });

  it.each([
    ['a type that does not exist', 'order.eaten.v1'],
    ['a version that does not exist', 'order.placed.v2'],
    ['an internal type, as if it did not exist', INTERNAL],
    ['an aggregate without a type', 'warehouse.*'],
    ['a wildcard inside a name', 'order.pla*'],
    ['a type without its version', 'order.placed'],
    ['nothing', ''],
    ['a name that every object has', 'constructor'],
  ])('are refused for %s', (_, pattern) => {
    expect(checkEventTypes(['*', pattern])).toEqual([
      { path: 'eventTypes.1', message: `${pattern} is no event type; see GET /v1/event-types` },
    ]);
  });

  it('are refused when one is there twice, at the place that the caller names', () => {
    expect(checkEventTypes(['order.*', '*', 'order.*'], 'types')).toEqual([
      { path: 'types.2', message: 'order.* is there twice' },
    ]);
  });
});

describe('patterns', () => {
  it('mean all that may leave when they are a star', () => {
    expect(typesMatching(['*'])).toEqual(subscribableContracts().map(({ type }) => type));
  });

  it('mean the types of an aggregate, never its internal ones, and each type once', () => {
    const types = typesMatching(['order.*', 'order.placed.v1']);

    expect(types).toEqual([
      'order.cancelled.v1',
      'order.confirmed.v1',
      'order.delivered.v1',
      'order.placed.v1',
      'order.shipped.v1',
    ]);
  });

  it('have a first type: the one that is named, or else the first that a wildcard means', () => {
    expect(firstTypeOf(['order.*', 'payment.captured.v1'])).toBe('payment.captured.v1');
    expect(firstTypeOf(['order.*'])).toBe('order.cancelled.v1');
  });
});
