/** A JSON pointer that cannot be followed in any document. */
export class InvalidPointer extends Error {
  override readonly name = 'InvalidPointer';
}

/**
 * What a JSON pointer (RFC 6901) leads to, `/data/items/0/id`: own properties and elements only.
 *
 * @returns undefined when nothing is there
 * @throws InvalidPointer
 */
export function jsonPointer(document: unknown, pointer: string): unknown {
  return tokensOf(pointer).reduce(valueAt, document);
}

function tokensOf(pointer: string): string[] {
  if (!/^(?:\/(?:[^/~]|~[01])*)*$/.test(pointer)) {
    throw new InvalidPointer(
      `${JSON.stringify(pointer)} is no JSON pointer: write / before every name, ~1 for a / in a name, ~0 for a ~`,
    );
  }
  const names = pointer.split('/').slice(1);
  return names.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function valueAt(value: unknown, token: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  // An array owns its length as well, which no document has.
  if (Array.isArray(value) && !/^\d+$/.test(token)) return undefined;
  return Object.hasOwn(value, token) ? (value as Record<string, unknown>)[token] : undefined;
}
