import { readHeaders } from './read-headers.js';

const mail = (...lines: string[]): Buffer => Buffer.from(lines.join('\r\n'));

describe('readHeaders', () => {
  it('finds the message id and the subject whatever their case and order', () => {
    expect(readHeaders(mail('SUBJECT: Your order', 'X-Other: 1', 'Message-id: <a@b>', '', 'Hello'))).toEqual({
      messageId: '<a@b>',
      subject: 'Your order',
    });
  });

  it('joins folded lines and decodes encoded words', () => {
    expect(
      readHeaders(mail('Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=', ' =?UTF-8?Q?_an_alle?=', 'Message-ID:', ' <a@b>', '')),
    ).toEqual({ messageId: '<a@b>', subject: 'Grüße an alle' });
  });

  it('never takes a line of the body for a header', () => {
    expect(readHeaders(mail('From: a@b', '', 'Message-ID: <forged@b>', 'Subject: forged'))).toEqual({
      messageId: null,
      subject: null,
    });
  });

  it('keeps nothing that a database or a terminal would stumble over', () => {
    expect(readHeaders(mail('Subject: a\0b\x1b[31m', `Message-ID: <${'x'.repeat(2000)}>`, ''))).toEqual({
      messageId: `<${'x'.repeat(997)}`,
      subject: 'a b [31m',
    });
  });

  it('looks no further than the first kilobytes of a mail without an end of headers', () => {
    expect(readHeaders(Buffer.from(`X: ${'y'.repeat(20_000)}\r\nSubject: too late\r\n`)).subject).toBeNull();
  });
});
