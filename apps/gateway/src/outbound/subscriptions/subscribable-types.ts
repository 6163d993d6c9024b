import { allContracts, findContract, newestKnownVersion, type Contract } from '@hookshop/contracts';
import type { FieldError } from '@hookshop/http';

const mayLeave = ({ audience }: Contract): boolean => audience !== 'internal';

/** Every type that a partner may subscribe to, by name. */
export const subscribableContracts = (): Contract[] => allContracts().filter(mayLeave);

/** What is internal is nothing that a partner knows of. */
export function findSubscribable(type: string): Contract | undefined {
  const contract = findContract(type);
  return contract && mayLeave(contract) ? contract : undefined;
}

export const isSubscribable = (type: string): boolean => findSubscribable(type) !== undefined;

/** The types that these patterns name; a wildcard means the newest version of each. */
export function typesMatching(patterns: readonly string[]): string[] {
  return subscribableContracts()
    .filter(
      ({ type, name, version, aggregate }) =>
        patterns.includes(type) ||
        ((patterns.includes('*') || patterns.includes(`${aggregate}.*`)) && version === newestKnownVersion(name)),
    )
    .map(({ type }) => type);
}

/** The first that is named outright, or else the first that a wildcard means. */
export const firstTypeOf = (patterns: readonly string[]): string =>
  patterns.find(isSubscribable) ?? typesMatching(patterns)[0]!;

/**
 * What is wrong with patterns, each of them `*`, `order.*` or `order.placed.v1`.
 *
 * @param path the property that has them, `eventTypes`
 */
export function checkEventTypes(patterns: readonly string[], path = 'eventTypes'): FieldError[] {
  return patterns.flatMap((pattern, index) => {
    const at = `${path}.${index}`;
    if (patterns.indexOf(pattern) < index) return [{ path: at, message: `${pattern} is there twice` }];
    if (typesMatching([pattern]).length > 0) return [];
    return [{ path: at, message: `${pattern} is no event type; see GET /v1/event-types` }];
  });
}
