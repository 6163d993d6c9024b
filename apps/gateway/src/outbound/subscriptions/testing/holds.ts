type Filter = Readonly<Record<string, unknown>>;

/** What a content filter means, said again without a database: slowly, and plainly enough to be believed. */
export function holds(filter: Filter, body: unknown): boolean {
  return Object.entries(filter).every(([key, value]) => {
    if (key === '$not') return !holds(value as Filter, body);
    if (key === '$and') return (value as Filter[]).every((part) => holds(part, body));
    if (key === '$or') return (value as Filter[]).some((part) => holds(part, body));
    const found = valuesAt(body, key.split('.'));
    const operators = typeof value === 'object' && value !== null ? value : { $eq: value };
    return Object.entries(operators).every(([operator, operand]) => operates(operator, found, operand));
  });
}

function operates(operator: string, found: readonly unknown[], operand: unknown): boolean {
  // A list is there even when it is empty; compared are its elements.
  if (operator === '$exists') return found.length > 0 === operand;
  const values = found.flat();
  const order = (accepts: (sign: number) => boolean): boolean =>
    values.some((value) => typeof value === typeof operand && accepts(signOf(value, operand)));
  switch (operator) {
    case '$eq':
      return values.some((value) => value === operand);
    case '$ne':
      return !values.some((value) => value === operand);
    case '$in':
      return values.some((value) => (operand as unknown[]).includes(value));
    case '$nin':
      return !values.some((value) => (operand as unknown[]).includes(value));
    case '$gt':
      return order((sign) => sign > 0);
    case '$gte':
      return order((sign) => sign >= 0);
    case '$lt':
      return order((sign) => sign < 0);
    default:
      return order((sign) => sign <= 0);
  }
}

/** Texts go by code points, as they do in PostgreSQL, and not by the halves of surrogate pairs. */
const signOf = (left: unknown, right: unknown): number =>
  typeof left === 'string'
    ? Buffer.compare(Buffer.from(left), Buffer.from(right as string))
    : Math.sign((left as number) - (right as number));

function valuesAt(node: unknown, [first, ...rest]: readonly string[]): unknown[] {
  if (first === undefined) return [node];
  return [node].flat().flatMap((one) => {
    const isThere = typeof one === 'object' && one !== null && Object.hasOwn(one, first);
    return isThere ? valuesAt((one as Filter)[first], rest) : [];
  });
}
