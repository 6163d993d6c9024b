import PostalMime from 'postal-mime';
import { composeMail, type Mail } from './compose-mail.js';

const mail: Mail = {
  from: { name: 'Hookshop', address: 'orders@hookshop.example' },
  to: { name: 'Ada Lovelace', address: 'ada@example.com' },
  subject: 'Your order is confirmed',
  text: 'Hello,\n\n.\nQty  Product\n',
  html: '<!DOCTYPE html>\n<p>Hello</p>\n',
  messageId: '<order-confirmed.1@hookshop.example>',
  date: new Date('2026-03-01T12:34:56.789Z'),
  boundary: '0198c5e2-7a00-7000-8000-000000000001',
};
const read = (changes: Partial<Mail> = {}) => PostalMime.parse(composeMail({ ...mail, ...changes }).bytes);
const raw = (changes: Partial<Mail> = {}) => composeMail({ ...mail, ...changes }).bytes.toString('latin1');

describe('composeMail', () => {
  it('gives a mail that reads as it was written', async () => {
    expect(await read()).toMatchObject({
      from: mail.from,
      to: [mail.to],
      subject: mail.subject,
      messageId: mail.messageId,
      date: '2026-03-01T12:34:56.000Z',
      text: mail.text,
      html: mail.html,
      attachments: [],
    });
    expect(composeMail(mail).envelope).toEqual({ from: 'orders@hookshop.example', to: ['ada@example.com'] });
  });

  it('gives the same bytes for the same mail', () => {
    expect(composeMail(structuredClone(mail)).bytes).toEqual(composeMail(mail).bytes);
  });

  it('ends every line with CRLF and holds none longer than mail allows', () => {
    const composed = raw({ text: `${'x'.repeat(3_000)}\n`, html: `<p>${'&#128512;'.repeat(300)}</p>\n` });

    expect(composed.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(Math.max(...composed.split('\r\n').map(({ length }) => length))).toBeLessThanOrEqual(998);
  });

  it('sends plain ASCII as it is, so that people can read it in transit', () => {
    expect(raw()).toContain('Content-Transfer-Encoding: 7bit\r\n\r\nHello,\r\n');
  });

  it('carries any script unharmed', async () => {
    const text = `Zoë 日本 太郎 😀\n${'långt '.repeat(30)}\n`;

    const name = 'Zoë "日本" Müller';
    const received = await read({ text, subject: 'Zoë 😀', to: { name, address: 'zoe@example.com' } });

    expect(received).toMatchObject({ subject: 'Zoë 😀', to: [{ name, address: 'zoe@example.com' }] });
    expect(received.text!.replaceAll('\r\n', '\n')).toBe(text);
    expect(raw({ text })).toMatch(/^[\t\r\n\x20-\x7e]*$/);
  });

  it.each([
    'Ada\r\nBcc: eve@example.com',
    'Ada\nX-Evil: 1',
    'Ada", <eve@example.com>, "',
    'Ada <eve@example.com>',
    '=?UTF-8?Q?Ada?=',
  ])('lets the name %j add neither header nor recipient', async (name) => {
    const composed = composeMail({ ...mail, to: { name, address: 'ada@example.com' } });
    const { headers, to, bcc } = await PostalMime.parse(composed.bytes);

    expect(composed.envelope.to).toEqual(['ada@example.com']);
    expect(to).toHaveLength(1);
    expect(to![0]).toMatchObject({ address: 'ada@example.com' });
    expect(bcc).toBeUndefined();
    expect(headers.map(({ key }) => key)).toEqual([
      'from',
      'to',
      'subject',
      'message-id',
      'date',
      'auto-submitted',
      'mime-version',
      'content-type',
    ]);
  });

  it('writes an international domain as the mail system knows it', () => {
    expect(composeMail({ ...mail, to: { name: 'Zoë', address: 'zoe@müller.example' } }).envelope.to).toEqual([
      'zoe@xn--mller-kva.example',
    ]);
  });

  it('never lets an address become two recipients', () => {
    for (const address of ['ada,eve@example.com', 'ada@example.com, eve', 'a b@example.com']) {
      expect(composeMail({ ...mail, to: { name: 'Ada', address } }).envelope.to).toHaveLength(1);
    }
  });
});
