import { type VerificationTime } from '../verification-time.js';

/** What arrived. */
export interface ReceivedMessage {
  /** Lower-case names; every value that came under one (Node's `IncomingMessage.headersDistinct`). */
  headers: Readonly<Record<string, readonly string[] | undefined>>;
  body: Buffer;
}

/** The reason is for the receiver's log; telling it to the sender would help a forger. It repeats no signature. */
export type Refused = { ok: false; reason: string };

export type SchemeVerification =
  | {
      ok: true;
      /** The sender's id of the message: 1 to 255 printable ASCII characters without spaces. */
      id: string;
    }
  | Refused;

/** A way in which third parties sign what they send. */
export interface SignatureScheme {
  /** Whether id and time are signed as well; otherwise an old body may come back under a new id. */
  readonly signsIdAndTime: boolean;
  /** Never throws, whatever arrived. */
  verify(message: ReceivedMessage, time: VerificationTime): SchemeVerification;
}

export const refused = (reason: string): Refused => ({ ok: false, reason });
