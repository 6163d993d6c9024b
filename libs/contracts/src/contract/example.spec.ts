import { allContracts, exampleOf, type JsonSchema } from '../index.js';

const object = (properties: Record<string, JsonSchema>): JsonSchema => ({ type: 'object', properties });

describe('an example', () => {
  it.each(allContracts().map((contract) => ({ type: contract.type, contract })))(
    'of $type is valid, and has every property',
    ({ contract }) => {
      const example = exampleOf(contract.schema) as object;

      expect(contract.check(example)).toEqual([]);
      expect(Object.keys(example)).toEqual(Object.keys(contract.schema['properties'] as object));
    },
  );

  it('is the same whenever it is made', () => {
    const { schema } = allContracts()[0]!;

    expect(exampleOf(schema)).toEqual(exampleOf(schema));
  });

  it('has ids that look like UUIDv7, of which no two are alike', () => {
    const uuid = { type: 'string', format: 'uuid' };
    const { orderId, paymentId } = exampleOf(object({ orderId: uuid, paymentId: uuid })) as Record<string, string>;

    expect(orderId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(paymentId).not.toBe(orderId);
  });

  it('has what people expect where the schema allows it, and something else that fits where it does not', () => {
    const schema = object({
      currency: { type: 'string', pattern: '^[A-Z]{3}$' },
      sku: { type: 'string', pattern: '^[a-z]+$' },
      city: { type: 'string', maxLength: 2 },
      quantity: { type: 'integer', minimum: 100 },
      attempts: { type: 'integer', maximum: 3 },
      segment: { type: 'string', enum: ['gold'] },
    });

    expect(exampleOf(schema)).toEqual({
      currency: 'USD',
      sku: 'example',
      city: 'US',
      quantity: 100,
      attempts: 3,
      segment: 'gold',
    });
  });

  it('is the first that the schema gives itself, as a whole or for a property', () => {
    const code = { type: 'string', pattern: '^#{9}$', examples: ['#########', 'another'] };

    expect(exampleOf(object({ code, city: { type: 'string' } }))).toEqual({ code: '#########', city: 'Springfield' });
    expect(exampleOf({ ...object({ code }), examples: [{ code: 'whole' }] })).toEqual({ code: 'whole' });
    expect(exampleOf({ ...object({ city: { type: 'string' } }), examples: [] })).toEqual({ city: 'Springfield' });
    expect(exampleOf({ examples: [null] })).toBeNull();
  });

  it('is the one value that the schema allows', () => {
    expect(exampleOf(object({ kind: { const: 'letter' }, pages: { type: 'integer', const: 0 } }))).toEqual({
      kind: 'letter',
      pages: 0,
    });
    expect(exampleOf({ const: null })).toBeNull();
  });

  it('has as many items as a list must have', () => {
    expect(exampleOf({ type: 'array', minItems: 2, items: { type: 'boolean' } })).toEqual([true, true]);
  });

  it.each<[string, JsonSchema, string]>([
    [
      'text that no known one fits',
      object({ code: { type: 'string', pattern: '^#{9}$' } }),
      'No known text fits "code"',
    ],
    ['a type it does not know', object({ oddity: { type: 'null' } }), '"oddity" has the type "null"'],
  ])('is refused for %s', (_, schema, message) => {
    expect(() => exampleOf(schema)).toThrow(message);
  });
});
