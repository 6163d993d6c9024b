/**
 * Why a mail was not delivered, decided here and nowhere else.
 * - `refused`: the server will never take it
 * - `deferred`: it did not take it this time, or nobody knows whether it did; costs an attempt
 * - `unreachable`: no mail can be handed over at present; not this mail's fault, so it costs no attempt
 * - `interrupted`: we broke off before anything was sent, because the process stops or the lease ends; costs no attempt
 */
export type DeliveryFailure = 'refused' | 'deferred' | 'unreachable' | 'interrupted';

export interface FailedDelivery {
  failure: DeliveryFailure;
  /** For people, without the addresses of customers. */
  reason: string;
}

/** What nodemailer tells of a failure. */
interface SmtpError {
  code?: string;
  message?: string;
  /** First digits of the server's reply. */
  responseCode?: number | false;
  /** The command that was answered: `RCPT TO`, or `API` when nothing was sent. */
  command?: string;
}

/** @param begun whether any of the message's bytes left: without them the server cannot have taken it */
export function failedDelivery(error: unknown, begun: boolean): FailedDelivery {
  return { failure: classify((error ?? {}) as SmtpError, begun), reason: reasonOf(error) };
}

function classify({ code, responseCode, command }: SmtpError, begun: boolean): DeliveryFailure {
  if (code === 'EABORT') return begun ? 'deferred' : 'interrupted';
  // The server says that it is closing, whatever it was asked.
  if (responseCode === 421) return 'unreachable';
  if (code === 'EENVELOPE' || code === 'EMESSAGE') {
    // nodemailer itself found that it cannot be said in SMTP at all.
    if (!responseCode) return 'refused';
    // About the shop's own address or rights: every mail would get this answer, and an operator can mend it.
    if (command === 'MAIL FROM') return 'deferred';
    return isPermanent(responseCode) ? 'refused' : 'deferred';
  }
  // Connection, TLS, login: none of it depends on the mail. Only once its bytes are on the way may the mail itself be
  // what the connection died of, and then it must not be tried for ever.
  return begun ? 'deferred' : 'unreachable';
}

/** 503 says that the session went wrong, not the mail. */
const isPermanent = (responseCode: number): boolean => responseCode >= 500 && responseCode !== 503;

const LONGEST_REASON = 500;

/** Servers like to repeat the recipient's address; reasons are stored, stated as facts and logged. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const reason = message
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/(?<![^\s<>"'(),:;])[^\s<>"'(),:;@]*@[^\s<>"'(),;]+/g, '[address]')
    .trim()
    .slice(0, LONGEST_REASON)
    .toWellFormed();
  return reason === '' ? 'The mail server gave no reason' : reason;
}
