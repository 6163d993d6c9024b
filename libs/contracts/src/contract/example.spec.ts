import '../index.js';
import { exampleOf } from './example.js';
import { allContracts } from './registry.js';

describe('the example of a contract', () => {
  it.each(allContracts().map((contract) => [contract.type, contract] as const))('%s is valid', (_, contract) => {
    const example = exampleOf(contract.schema);

    expect(contract.check(example)).toEqual([]);
    expect(Object.keys(example as object).sort()).toEqual(
      Object.keys(contract.schema['properties'] as Record<string, unknown>).sort(),
    );
  });
});
