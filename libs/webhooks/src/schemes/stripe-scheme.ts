import { signedBy } from '../signed-by.js';
import { untimely } from '../verification-time.js';
import { digestOf } from './digest-of.js';
import { headerValue } from './header-value.js';
import { hmacKeys } from './hmac-keys.js';
import { jsonPointer } from './json-pointer.js';
import { readJson } from './json-text.js';
import { genuine } from './message-id.js';
import { refused, type Refused, type SignatureScheme } from './signature-scheme.js';

const HEADER = 'stripe-signature';

/**
 * Stripe: `Stripe-Signature: t=<Unix seconds>,v1=<hex>` over `<t>.<body>`, the id in the event. Takes nothing that Stripe's
 * own library would refuse.
 *
 * @param secrets whole, with their `whsec_`, which is no more than a part of the key here; any of them may have signed
 * @throws InvalidSecret
 */
export function stripeScheme(secrets: readonly string[]): SignatureScheme {
  const keys = hmacKeys(secrets);

  return {
    signsIdAndTime: true,

    verify(message, time) {
      const header = headerValue(message, HEADER);
      if (!header.ok) return header;
      const signatures = signaturesIn(header.value);
      if (!signatures.ok) return signatures;

      const { timestamp, digests } = signatures;
      const fault = untimely(Number(timestamp), time);
      if (fault) return refused(`t of ${HEADER} ${fault}`);
      if (!signedBy(keys, [`${timestamp}.`, message.body], digests)) return refused('no signature is by a trusted key');

      const event = readJson(message.body);
      if (event === undefined) return refused('the body is not JSON in UTF-8, and its id cannot be read');
      return genuine(jsonPointer(event, '/id'), 'the id of the event');
    },
  };
}

interface Signatures {
  ok: true;
  /** As it is written. */
  timestamp: string;
  digests: Buffer[];
}

/** Of the scheme `v1`. Others may stand beside them: `v0` is of test events. */
function signaturesIn(header: string): Signatures | Refused {
  if (!/^[\x20-\x7e]+$/.test(header)) return refused(`${HEADER} has characters that are not printable ASCII`);

  const times: string[] = [];
  const digests: Buffer[] = [];
  for (const part of header.split(',')) {
    const [name, ...rest] = part.split('=');
    if (name === 't') times.push(rest.join('='));
    if (name !== 'v1') continue;
    // Stripe's library refuses the whole header for it, while it passes over anything else that is no signature.
    if (!rest[0]) return refused(`${HEADER} has an empty v1`);
    const digest = digestOf(rest.join('='), 'hex');
    if (digest) digests.push(digest);
  }

  const [timestamp] = times;
  if (timestamp === undefined) return refused(`${HEADER} has no t`);
  if (times.length > 1) return refused(`${HEADER} has more than one t`);
  // As a number is written, since the library signs it anew from the number.
  if (!/^(?:0|[1-9]\d{0,11})$/.test(timestamp)) return refused(`t of ${HEADER} is not a number of seconds`);
  if (digests.length === 0) return refused(`${HEADER} has no well-formed v1 signature`);
  return { ok: true, timestamp, digests };
}
