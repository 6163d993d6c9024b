import MimeNode from 'nodemailer/lib/mime-node';
import type { Mailbox } from './mailbox.js';

export interface Mail {
  from: Mailbox;
  to: Mailbox;
  subject: string;
  /** Lines end with \n. */
  text: string;
  /** Lines end with \n. */
  html: string;
  /** With its angle brackets. */
  messageId: string;
  date: Date;
  /** Separates the parts; must not occur in them. */
  boundary: string;
}

export interface ComposedMail {
  envelope: { from: string; to: string[] };
  messageId: string;
  /** The message as it travels, lines ending with CRLF. */
  bytes: Buffer;
}

/**
 * A mail as bytes; the same mail always gives the same bytes. nodemailer encodes the headers and the addresses. The
 * parts are put together here: its own composer streams them, which costs more than everything else about a mail.
 */
export function composeMail({ from, to, subject, text, html, messageId, date, boundary }: Mail): ComposedMail {
  const root = new MimeNode('multipart/alternative', { boundaryPrefix: 'part', baseBoundary: boundary });
  root.setHeader({
    From: from,
    To: to,
    Subject: subject,
    'Message-ID': messageId,
    Date: date,
    // RFC 3834: nobody's absence notice should answer a machine.
    'Auto-Submitted': 'auto-generated',
  });
  // Asked for first, it also sets the boundary that the header names.
  const headers = root.buildHeaders();
  const delimiter = `--${root.boundary}`;
  const message = [
    headers,
    '',
    ...[delimiter, ...part('text/plain', text), delimiter, ...part('text/html', html)],
    `${delimiter}--`,
    '',
  ];
  const { to: recipients } = root.getEnvelope();
  return {
    envelope: { from: from.address, to: recipients },
    messageId,
    bytes: Buffer.from(message.join('\r\n'), 'utf8'),
  };
}

/** RFC 5322 allows 998 bytes in a line. */
const TRAVELS_AS_IT_IS = /^(?:[\t\x20-\x7e]{0,998}\n)*[\t\x20-\x7e]{0,998}$/;

function part(type: string, content: string): string[] {
  const plain = TRAVELS_AS_IT_IS.test(content);
  const lines = content.replaceAll('\n', '\r\n');
  return [
    `Content-Type: ${type}; charset=utf-8`,
    `Content-Transfer-Encoding: ${plain ? '7bit' : 'base64'}`,
    '',
    // The line break before a delimiter belongs to the delimiter.
    plain ? lines.replace(/\r\n$/, '') : base64Lines(lines),
  ];
}

const base64Lines = (content: string): string =>
  Buffer.from(content, 'utf8')
    .toString('base64')
    .replace(/.{76}(?=.)/g, '$&\r\n');
