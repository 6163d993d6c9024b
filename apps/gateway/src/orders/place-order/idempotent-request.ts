/** After this time without an end, the holder of a key counts as crashed. */
export const LOCK_SECONDS = 30;

/** A request to place an order, under a key its sender chose. */
export interface IdempotentRequest {
  apiKeyId: string;
  key: string;
  hash: Buffer;
  /** The order it would place if nobody used the key before. */
  orderId: string;
  /** This attempt. */
  holder: string;
}

/** Keys of different senders have nothing to do with each other. */
export const placeOf = (apiKeyId: string, key: string): string => `${apiKeyId} ${key}`;

/** What is stored under a key. */
export interface StoredRequest {
  hash: Buffer;
  orderId: string;
  /** The attempt that is placing the order, or was the last to try. */
  holder: string;
  /** The body of the 201 that was sent; null before there was one. */
  answer: string | null;
  lockedForSeconds: number;
}

export type Decision =
  /** Place this order, which may be one that an earlier attempt has placed already. */
  | { do: 'place'; orderId: string }
  /** Answer what was answered before. */
  | { do: 'replay'; orderId: string; answer: string }
  /** The key was used for something else. */
  | { do: 'refuse' }
  /** Somebody is placing it right now. */
  | { do: 'wait'; seconds: number };

/** What a request means, given what is stored under its key after it was begun. */
export function decide(request: IdempotentRequest, stored: StoredRequest): Decision {
  if (!stored.hash.equals(request.hash)) return { do: 'refuse' };
  if (stored.answer !== null) return { do: 'replay', orderId: stored.orderId, answer: stored.answer };
  if (stored.holder === request.holder) return { do: 'place', orderId: stored.orderId };
  // Usually it is done in a moment; its lock is only how long that can last.
  return { do: 'wait', seconds: Math.max(1, Math.min(2, Math.ceil(stored.lockedForSeconds))) };
}
