import { allContracts, contractOf, declareEvent, EventContract, findContract, newestKnownVersion } from '../index.js';

const schema = { type: 'object', properties: { pages: { type: 'integer' } }, required: ['pages'] };

describe('a fact that is declared while the process runs', () => {
  it('has a contract like every other, and everybody may have it', () => {
    const event = declareEvent('scroll.sealed.v2', 'Somebody sealed a scroll.', schema);

    expect(contractOf(event)).toMatchObject({
      type: 'scroll.sealed.v2',
      name: 'scroll.sealed',
      version: 2,
      aggregate: 'scroll',
      subject: 'shop.scroll.sealed.v2',
      audience: 'all',
      description: 'Somebody sealed a scroll.',
      event,
      schema,
    });
  });

  it('is checked by its schema, which tolerates what it does not tell of', () => {
    const { check } = contractOf(declareEvent('scroll.opened.v1', 'Somebody opened a scroll.', schema));

    expect(check({ pages: 3, colour: 'red' })).toEqual([]);
    expect(check({ pages: 'three' })).toEqual(['pages must be integer']);
    expect(check({})).toEqual(["data must have required property 'pages'"]);
    expect(check([])).toEqual(['data must be object']);
  });

  it('is found by its type, and is among all contracts', () => {
    const event = declareEvent('scroll.lost.v3', 'Somebody lost a scroll.', schema);

    expect(findContract('scroll.lost.v3')).toBe(contractOf(event));
    expect(allContracts()).toContain(contractOf(event));
    expect(newestKnownVersion('scroll.lost')).toBe(3);
  });

  it('is replaced when it is declared again, for whoever holds the earlier one too', () => {
    const earlier = declareEvent('scroll.torn.v1', 'Torn.', schema);
    expect(contractOf(earlier).check({})).toHaveLength(1);

    const later = declareEvent('scroll.torn.v1', 'Torn to pieces.', { type: 'object' });

    expect(contractOf(earlier)).toBe(contractOf(later));
    expect(contractOf(earlier)).toMatchObject({ description: 'Torn to pieces.', schema: { type: 'object' } });
    expect(contractOf(earlier).check({})).toEqual([]);
    expect(allContracts().filter(({ type }) => type === 'scroll.torn.v1')).toHaveLength(1);
  });

  it('may have a schema with a name of its own, however often that is declared', () => {
    const named = () => ({ ...schema, $id: 'https://schemas.example/scroll.json' });

    for (const type of ['scroll.named.v1', 'scroll.named.v1', 'scroll.named.v2']) {
      expect(contractOf(declareEvent(type, 'Named.', named())).check({ pages: 1 })).toEqual([]);
    }
  });

  it.each([
    'scroll',
    'scroll.sealed',
    'scroll.sealed.v0',
    'scroll.sealed.v01',
    'scroll.sealed.v10000',
    'scroll.sealed.1',
    'Scroll.sealed.v1',
    'scroll_.sealed.v1',
    'scroll.sealed.again.v1',
    'scroll.*.v1',
    ' scroll.sealed.v1',
    '',
  ])('cannot have the type %j', (type) => {
    const fault = `"${type}" is not an event type: write aggregate.fact.v1 in kebab case`;

    expect(() => declareEvent(type, 'None.', schema)).toThrow(fault);
    expect(findContract(type)).toBeUndefined();
  });

  it.each([
    ['order.placed.v1', 'order'],
    ['order.placed.v2', 'order'],
    ['order.approved.v1', 'order'],
    ['webhook.sent.v1', 'webhook'],
    ['shipment.lost.v1', 'shipment'],
  ])('cannot pass for a fact of the shop as %s', (type, aggregate) => {
    const before = findContract(type);

    expect(() => declareEvent(type, 'Forged.', schema)).toThrow(
      `"${type}" would pass for a fact of the shop: ${aggregate} has facts of its own`,
    );
    expect(findContract(type)).toBe(before);
  });

  it('may be about what only sounds like an aggregate of the shop', () => {
    expect(() => declareEvent('order-book.opened.v1', 'Opened.', schema)).not.toThrow();
    expect(() => declareEvent('orders.counted.v1', 'Counted.', schema)).not.toThrow();
    expect(() => declareEvent('ship.sailed.v1', 'Sailed.', schema)).not.toThrow();
  });

  it('keeps its type from the classes of this code', () => {
    declareEvent('scroll.kept.v1', 'Kept.', schema);
    const declare = (): void => EventContract('scroll.kept', 1, { description: 'Taken.' })(class Taken {});

    expect(declare).toThrow('scroll.kept.v1 is already defined by DeclaredEvent');
  });
});
