const MOST_SECONDS = 24 * 60 * 60;

const httpDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*,? \d{2}[ -]\w{3}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Seconds that a `Retry-After` asks for, at most a day; undefined when it is malformed, past or nothing at all.
 *
 * @param value seconds or an HTTP date (RFC 9110)
 * @param now milliseconds since 1970
 */
export function retryAfterSeconds(value: string | string[] | undefined, now: number): number | undefined {
  const text = (Array.isArray(value) ? value[0] : value)?.trim();
  if (text === undefined) return undefined;
  const seconds = /^\d{1,10}$/.test(text)
    ? Number(text)
    : httpDate.test(text)
      ? (Date.parse(text) - now) / 1_000
      : Number.NaN;
  return seconds > 0 ? Math.min(seconds, MOST_SECONDS) : undefined;
}
