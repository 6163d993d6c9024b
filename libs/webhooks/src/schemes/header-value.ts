import { MOST_HEADER_LENGTH } from '../verify-webhook.js';
import { refused, type ReceivedMessage, type Refused } from './signature-scheme.js';

/** The one value of a header. Of two, whoever passed the message on may have looked at the other. */
export function headerValue({ headers }: ReceivedMessage, name: string): { ok: true; value: string } | Refused {
  const [value, ...others] = (Object.hasOwn(headers, name) && headers[name]) || [];

  if (others.length > 0) return refused(`${name} came twice`);
  if (!value) return refused(`${name} is missing`);
  if (value.length > MOST_HEADER_LENGTH) return refused(`${name} exceeds ${MOST_HEADER_LENGTH} bytes`);
  return { ok: true, value };
}
