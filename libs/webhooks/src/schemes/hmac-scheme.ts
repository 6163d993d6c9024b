import { signedBy } from '../signed-by.js';
import { digestForms, digestOf, type DigestEncoding } from './digest-of.js';
import { headerValue } from './header-value.js';
import { hmacKeys } from './hmac-keys.js';
import { jsonPointer } from './json-pointer.js';
import { quoteNumbers, readJson } from './json-text.js';
import { genuine } from './message-id.js';
import { refused, type ReceivedMessage, type SchemeVerification, type SignatureScheme } from './signature-scheme.js';

export interface HmacSchemeOptions {
  /** Used as they are, whole; any of them may have signed. */
  secrets: readonly string[];
  /** Where the signature is: one, of 64 lower-case hex digits or padded base64. */
  header: string;
  encoding: DigestEncoding;
  /** What stands before the signature: `sha256=`. */
  prefix?: string;
  /** Where the id of the message is: in a header, or in the body by a JSON pointer (RFC 6901), as text or a number. */
  id: { header: string } | { pointer: string };
}

/**
 * HMAC-SHA256 over the body alone, as most third parties sign.
 *
 * @throws InvalidSecret
 * @throws InvalidPointer
 */
export function hmacScheme({ secrets, header, encoding, prefix = '', id }: HmacSchemeOptions): SignatureScheme {
  const keys = hmacKeys(secrets);
  const signatureHeader = header.toLowerCase();
  const identify = 'header' in id ? idInHeader(id.header) : idInBody(id.pointer);

  return {
    signsIdAndTime: false,

    verify(message) {
      const signature = headerValue(message, signatureHeader);
      if (!signature.ok) return signature;

      const { value } = signature;
      const digest = value.startsWith(prefix) ? digestOf(value.slice(prefix.length), encoding) : undefined;
      if (!digest) return refused(`${signatureHeader} is not ${prefix && `${prefix} and `}${digestForms[encoding]}`);
      if (!signedBy(keys, [message.body], [digest])) return refused('the signature is by no trusted key');
      return identify(message);
    },
  };
}

/** How a message that is genuine is told from others. */
type Identify = (message: ReceivedMessage) => SchemeVerification;

function idInHeader(header: string): Identify {
  const name = header.toLowerCase();
  return (message) => {
    const id = headerValue(message, name);
    return id.ok ? genuine(id.value, name) : id;
  };
}

function idInBody(pointer: string): Identify {
  // A malformed one is the receiver's mistake: it shows at once, not with the first message.
  jsonPointer(null, pointer);

  return ({ body }) => {
    const document = readJson(body);
    if (document === undefined) return refused('the body is not JSON in UTF-8, and its id cannot be read');

    const found = jsonPointer(document, pointer);
    const id = typeof found === 'number' ? jsonPointer(JSON.parse(quoteNumbers(body.toString())), pointer) : found;
    return genuine(id, `the id at ${JSON.stringify(pointer)} in the body`);
  };
}
