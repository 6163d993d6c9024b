/** Headers as a receipt keeps them: every value of each name. */
export type KeptHeaders = Record<string, readonly string[]>;

/** Would open some door to whoever reads the receipt. */
const secret = new Set(['authorization', 'cookie', 'proxy-authorization']);

export const keptHeaders = (headers: Readonly<Record<string, readonly string[] | undefined>>): KeptHeaders =>
  Object.fromEntries(
    Object.entries(headers).map(([name, values = []]) => [name, secret.has(name) ? ['[not kept]'] : values]),
  );
