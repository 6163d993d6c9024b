import { isIP } from 'node:net';

/**
 * Whose word on where a request came from is taken (`X-Forwarded-For`, `-Proto`, `-Host`), out of `TRUST_PROXY`:
 * proxies at these addresses, `10.0.0.0/8,fd00::/8`. Nobody's when it is not set. How many proxies there are would not
 * do: whoever reaches the service past them could claim as many.
 *
 * @returns what Fastify's `trustProxy` takes
 */
export function trustedProxies(text: string | undefined): false | string[] {
  return text === undefined ? false : text.split(',').map((range) => range.trim());
}

export const areTrustedProxies = (text: string): boolean => text.split(',').every((range) => isRange(range.trim()));

/** Everybody is no range: whoever trusts everybody lets each caller choose its address. */
function isRange(range: string): boolean {
  const [address = '', bits, ...rest] = range.split('/');
  const width = { 4: 32, 6: 128 }[isIP(address)];
  if (width === undefined || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= width);
}
