import { verify } from 'node:crypto';
import { bytesOf } from './bytes-of.js';
import { publicKeyOf } from './key-pair.js';
import { secretKey } from './secret-key.js';
import { DIGEST_LENGTH, signedBy } from './signed-by.js';
import { untimely, type VerificationTime } from './verification-time.js';

/** What a receiver trusts: any of them may have signed. */
export interface TrustedKeys {
  /** `whsec_…`, for `v1`. */
  secrets?: readonly string[];
  /** `whpk_…`, for `v1a`. */
  publicKeys?: readonly string[];
}

/** The `webhook-` headers as they came. */
export interface ReceivedHeaders {
  id?: string | undefined;
  timestamp?: string | undefined;
  signature?: string | undefined;
}

/** The reason is for the receiver's log; telling it to the sender would help a forger. */
export type Verification = { ok: true } | { ok: false; reason: string };

interface Signatures {
  v1: Buffer[];
  v1a: Buffer[];
}

export const MOST_HEADER_LENGTH = 8_192;
/** Checking one costs as much as a hash of the whole body: nobody signs with that many keys, but a flood might. */
const MOST_V1A = 16;

/**
 * Verifies Standard Webhooks over the very bytes that came. Keep it: the keys are read once.
 *
 * @throws InvalidSecret when a trusted key is not a key: that is the receiver's mistake, not the sender's
 */
export function webhookVerifier({ secrets = [], publicKeys = [] }: TrustedKeys) {
  const keys = secrets.map(secretKey);
  const openKeys = publicKeys.map(publicKeyOf);

  return (
    { id, timestamp, signature }: ReceivedHeaders,
    body: string | Buffer,
    time: VerificationTime,
  ): Verification => {
    if (!id) return refused('webhook-id is missing');
    if (!timestamp) return refused('webhook-timestamp is missing');
    if (!signature) return refused('webhook-signature is missing');
    // A full stop in the id would let a forger move the boundary between the signed parts.
    if (!/^[\x21-\x2d\x2f-\x7e]{1,255}$/.test(id)) {
      return refused('webhook-id is not 1 to 255 printable characters without spaces and full stops');
    }
    if (!/^\d{1,12}$/.test(timestamp)) return refused('webhook-timestamp is not a number of seconds');
    if (signature.length > MOST_HEADER_LENGTH) return refused(`webhook-signature exceeds ${MOST_HEADER_LENGTH} bytes`);

    const fault = untimely(Number(timestamp), time);
    if (fault) return refused(`webhook-timestamp ${fault}`);

    const { v1, v1a } = signaturesIn(signature);
    if (v1.length + v1a.length === 0) return refused('webhook-signature has no well-formed v1 or v1a signature');
    const head = `${id}.${timestamp}.`;

    if (signedBy(keys, [head, body], v1)) return { ok: true };
    if (openKeys.length > 0 && v1a.length > 0) {
      const signed = Buffer.concat([Buffer.from(head), Buffer.from(body)]);
      const given = v1a.slice(0, MOST_V1A);
      if (openKeys.some((key) => given.some((one) => verify(null, signed, key, one)))) return { ok: true };
    }
    return refused('no signature is by a trusted key');
  };
}

/**
 * Verifies one Standard Webhook over the very bytes that came.
 *
 * @throws InvalidSecret when a trusted key is not a key
 */
export const verifyWebhook = (
  keys: TrustedKeys,
  headers: ReceivedHeaders,
  body: string | Buffer,
  time: VerificationTime,
): Verification => webhookVerifier(keys)(headers, body, time);

const refused = (reason: string): Verification => ({ ok: false, reason });

/** Of the right size. Schemes that nobody knows yet may stand beside them. */
function signaturesIn(header: string): Signatures {
  const found: Signatures = { v1: [], v1a: [] };
  for (const part of header.split(' ')) {
    const comma = part.indexOf(',');
    const scheme = part.slice(0, Math.max(comma, 0));
    const bytes = bytesOf(part.slice(comma + 1));
    if (scheme === 'v1' && bytes?.length === DIGEST_LENGTH) found.v1.push(bytes);
    if (scheme === 'v1a' && bytes?.length === 64) found.v1a.push(bytes);
  }
  return found;
}
