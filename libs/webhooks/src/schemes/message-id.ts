import { refused, type SchemeVerification } from './signature-scheme.js';

/**
 * A message that is genuine, under its id if that can be used.
 *
 * @param where it was found, for the log
 */
export function genuine(id: unknown, where: string): SchemeVerification {
  if (id === undefined) return refused(`${where} is missing`);
  if (typeof id === 'string' && /^[\x21-\x7e]{1,255}$/.test(id)) return { ok: true, id };
  return refused(`${where} is not 1 to 255 printable characters without spaces`);
}
