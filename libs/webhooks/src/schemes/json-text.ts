import { isUtf8 } from 'node:buffer';

/**
 * Reads a body as JSON. Bytes that are not UTF-8 are none: different ones would become the same text.
 *
 * @returns undefined when it is not JSON; JSON knows no undefined
 */
export function readJson(body: Buffer): unknown {
  if (!isUtf8(body)) return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // The parser's message would quote the body.
    return undefined;
  }
}

/**
 * Puts quotes around the numbers of a JSON text, so that they are read as they were written: as numbers, two neighbours
 * beyond 2^53 would be the same. A string that does not end is taken as one: looking for its end again and again would
 * take a stranger's text minutes.
 */
export const quoteNumbers = (json: string): string =>
  json.replace(/"[^"\\]*(?:\\[^][^"\\]*)*"?|[-\d][-+.\deE]*/g, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  );
