import { decodeWords } from 'postal-mime';

export interface MailHeaders {
  /** With its angle brackets. */
  messageId: string | null;
  subject: string | null;
}

/** Headers beyond this are not looked at when a mail is stored. */
const MOST_BYTES = 16 * 1024;
/** The longest line there can be (RFC 5322). */
const LONGEST = 998;

/** Reads the two headers the books name, without parsing the mail. */
export function readHeaders(raw: Buffer): MailHeaders {
  const start = raw.toString('utf8', 0, MOST_BYTES);
  const end = start.search(/\r?\n\r?\n/);
  const headers = end === -1 ? start : start.slice(0, end);

  const subject = header(headers, /^subject:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)/im);
  return {
    messageId: header(headers, /^message-id:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)/im),
    subject: subject?.includes('=?') ? clean(decodeWords(subject)) : subject,
  };
}

function header(headers: string, pattern: RegExp): string | null {
  const value = pattern.exec(headers)?.[1];
  return value === undefined ? null : clean(value.replace(/\r?\n/g, ''));
}

/** PostgreSQL keeps no null characters, and nobody wants the others. */
const clean = (value: string): string =>
  value
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, LONGEST);
