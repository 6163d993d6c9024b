import type { FieldError } from '@hookshop/http';

const MOST = 20;
const LONGEST_VALUE = 1_024;
const LONGEST_TOGETHER = 4_096;

/** Set by us, by the protocol, or by whoever carries it. */
const RESERVED = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'te',
  'traceparent',
  'tracestate',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
]);
const reservedPrefix = /^(webhook-|ce-|proxy-|sec-)/;
const token = /^[!#$%&'*+.^_`|~0-9a-z-]{1,100}$/i;
const printable = /^[\x20-\x7e]*$/;

/** What is wrong with an endpoint's own headers. */
export function checkHeaders(headers: Record<string, string>): FieldError[] {
  const entries = Object.entries(headers);
  const errors = entries.flatMap(([name, value]) => {
    const fault = faultOf(name, value);
    return fault === undefined
      ? []
      : [{ path: `headers.${name.slice(0, 100)}`, message: `${name.slice(0, 100)} ${fault}` }];
  });
  if (entries.length > MOST) errors.push({ path: 'headers', message: `headers must be at most ${MOST}` });
  const bytes = entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (bytes > LONGEST_TOGETHER) {
    errors.push({ path: 'headers', message: `headers must be at most ${LONGEST_TOGETHER} characters together` });
  }
  const names = entries.map(([name]) => name.toLowerCase());
  if (new Set(names).size < names.length) errors.push({ path: 'headers', message: 'headers names one header twice' });
  return errors;
}

function faultOf(name: string, value: string): string | undefined {
  if (!token.test(name)) return 'is not the name of a header';
  const lower = name.toLowerCase();
  if (RESERVED.has(lower) || reservedPrefix.test(lower)) return 'is a header that Hookshop or HTTP itself sets';
  if (!printable.test(value)) return 'must have a value of printable ASCII characters';
  if (value.trim() !== value) return 'must not begin or end with a space';
  return value.length > LONGEST_VALUE ? `must have a value of at most ${LONGEST_VALUE} characters` : undefined;
}
