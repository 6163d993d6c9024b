import { createHmac, timingSafeEqual, verify } from 'node:crypto';
import { bytesOf } from './bytes-of.js';
import { publicKeyOf } from './key-pair.js';
import { secretKey } from './secret-key.js';

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

export interface VerificationTime {
  /** Unix seconds. */
  now: number;
  /** How far the sender's clock may be off, to either side. */
  toleranceSeconds?: number;
}

/** The reason is for the receiver's log; telling it to the sender would help a forger. */
export type Verification = { ok: true } | { ok: false; reason: string };

interface Signatures {
  v1: Buffer[];
  v1a: Buffer[];
}

const MOST_HEADER_LENGTH = 8_192;
/** Checking one costs as much as a hash of the whole body: nobody signs with that many keys, but a flood might. */
const MOST_V1A = 16;

/**
 * Verifies a Standard Webhook over the very bytes that came.
 *
 * @throws InvalidSecret when a trusted key is not a key: that is the receiver's mistake, not the sender's
 */
export function verifyWebhook(
  { secrets = [], publicKeys = [] }: TrustedKeys,
  { id, timestamp, signature }: ReceivedHeaders,
  body: string | Buffer,
  { now, toleranceSeconds = 300 }: VerificationTime,
): Verification {
  const keys = secrets.map(secretKey);
  const openKeys = publicKeys.map(publicKeyOf);

  if (!id) return refused('webhook-id is missing');
  if (!timestamp) return refused('webhook-timestamp is missing');
  if (!signature) return refused('webhook-signature is missing');
  // A full stop in the id would let a forger move the boundary between the signed parts.
  if (!/^[\x21-\x2d\x2f-\x7e]{1,255}$/.test(id)) {
    return refused('webhook-id is not 1 to 255 printable characters without spaces and full stops');
  }
  if (!/^\d{1,12}$/.test(timestamp)) return refused('webhook-timestamp is not a number of seconds');
  if (signature.length > MOST_HEADER_LENGTH) return refused(`webhook-signature exceeds ${MOST_HEADER_LENGTH} bytes`);

  const age = now - Number(timestamp);
  if (!(Math.abs(age) <= toleranceSeconds)) {
    return refused(`webhook-timestamp is more than ${toleranceSeconds} s ${age > 0 ? 'old' : 'ahead'}`);
  }

  const { v1, v1a } = signaturesIn(signature);
  if (v1.length + v1a.length === 0) return refused('webhook-signature has no well-formed v1 or v1a signature');
  const head = `${id}.${timestamp}.`;

  for (const key of keys) {
    const expected = createHmac('sha256', key).update(head).update(body).digest();
    if (v1.some((given) => timingSafeEqual(given, expected))) return { ok: true };
  }
  if (openKeys.length > 0 && v1a.length > 0) {
    const signed = Buffer.concat([Buffer.from(head), Buffer.from(body)]);
    const given = v1a.slice(0, MOST_V1A);
    if (openKeys.some((key) => given.some((one) => verify(null, signed, key, one)))) return { ok: true };
  }
  return refused('no signature is by a trusted key');
}

const refused = (reason: string): Verification => ({ ok: false, reason });

/** Of the right size. Schemes that nobody knows yet may stand beside them. */
function signaturesIn(header: string): Signatures {
  const found: Signatures = { v1: [], v1a: [] };
  for (const part of header.split(' ')) {
    const comma = part.indexOf(',');
    const scheme = part.slice(0, Math.max(comma, 0));
    const bytes = bytesOf(part.slice(comma + 1));
    if (scheme === 'v1' && bytes?.length === 32) found.v1.push(bytes);
    if (scheme === 'v1a' && bytes?.length === 64) found.v1a.push(bytes);
  }
  return found;
}
