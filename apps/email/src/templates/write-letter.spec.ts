import type { CancelledContent, ConfirmedContent, ShippedContent } from './content.js';
import { writeLetter } from './write-letter.js';

const orderId = '0198c5e2-7a00-7000-8000-000000000001';
const order = {
  customerName: 'Ada Lovelace',
  lines: [
    { sku: 'KEYB-01', name: 'Mechanical keyboard', quantity: 1, unitPriceInCents: 9900 },
    { sku: 'MOUSE-01', name: 'Mouse', quantity: 12, unitPriceInCents: 4900 },
  ],
  totalInCents: 68700,
  currency: 'USD',
};
const confirmed: ConfirmedContent = {
  ...order,
  shippingAddress: { line1: '1 Main St', line2: 'Flat 2', city: 'Springfield', postalCode: '12345', country: 'US' },
};
const cancelled = (reason: CancelledContent['reason']): CancelledContent => ({ ...order, reason });
const shipped: ShippedContent = { ...order, carrier: 'Parcel & Co', trackingNumber: 'PC-00042' };

const named = (name: string): ConfirmedContent => ({
  ...confirmed,
  customerName: name,
  lines: [{ ...order.lines[0]!, name }],
  shippingAddress: { ...confirmed.shippingAddress, line1: name, city: name },
});

describe('a letter', () => {
  it('tells of a confirmed order with aligned lines, total and address', () => {
    const { subject, text } = writeLetter('order-confirmed', orderId, confirmed);

    expect(subject).toBe(`Your order ${orderId} is confirmed`);
    expect(text).toBe(`Hello Ada Lovelace,

Thank you for your order. It is paid, and we are getting it ready to ship.

Order ${orderId}

Qty  Product                         Price   Amount
---------------------------------------------------
  1  Mechanical keyboard (KEYB-01)  $99.00   $99.00
 12  Mouse (MOUSE-01)               $49.00  $588.00
---------------------------------------------------
     Total                                  $687.00

Ships to:
  Ada Lovelace
  1 Main St
  Flat 2
  Springfield 12345
  United States

We will write to you again when it is on its way.

Hookshop
`);
  });

  it('says the same in HTML, with every figure of every line', () => {
    const { html } = writeLetter('order-confirmed', orderId, confirmed);

    for (const shown of ['Ada Lovelace', orderId, 'Mechanical keyboard', 'MOUSE-01', '>12<', '$49.00', '$588.00']) {
      expect(html).toContain(shown);
    }
    expect(html).toMatch(/Total<\/td>\n<td[^>]*>\$687\.00<\/td>/);
    expect(html).toContain('1 Main St');
  });

  it('of a shipped order tells carrier and tracking number', () => {
    const { subject, text, html } = writeLetter('order-shipped', orderId, shipped);

    expect(subject).toBe(`Your order ${orderId} is on its way`);
    expect(text).toContain('Carrier:\n  Parcel & Co\n\nTracking number:\n  PC-00042\n');
    expect(html).toContain('Parcel &#38; Co');
    expect(html).toContain('PC-00042');
  });

  it.each([
    ['out-of-stock', 'sold out', 'You have not been charged.'],
    ['payment-declined', 'Your payment was declined', 'You have not been charged.'],
    [
      'timed-out',
      'could not be completed in time',
      'If your payment of $687.00 was already taken, we return all of it',
    ],
    ['requested', 'as you asked', 'If your payment of $687.00 was already taken, we return all of it'],
  ] as const)('of an order cancelled for %s says why and whether money returns', (reason, why, money) => {
    const { subject, text, html } = writeLetter('order-cancelled', orderId, cancelled(reason));

    expect(subject).toBe(`Your order ${orderId} is cancelled`);
    for (const shown of [why, money]) {
      expect(text.replaceAll('\n', ' ')).toContain(shown);
      expect(html).toContain(shown);
    }
  });

  it('is the same whenever it is written', () => {
    expect(writeLetter('order-confirmed', orderId, confirmed)).toEqual(
      writeLetter('order-confirmed', orderId, structuredClone(confirmed)),
    );
  });

  it('takes nothing from outside: no images, links, styles or scripts to load', () => {
    for (const { html } of [
      writeLetter('order-confirmed', orderId, confirmed),
      writeLetter('order-cancelled', orderId, cancelled('requested')),
      writeLetter('order-shipped', orderId, shipped),
    ]) {
      expect(html).not.toMatch(/<(img|link|script|style|iframe)|src=|href=|url\(|https?:/i);
    }
  });

  describe('with names that strangers chose', () => {
    it.each([
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      "' style='background:url(//evil)'",
      '</td></tr></table>',
      '&lt;b&gt;',
    ])('shows %s as text', (name) => {
      const { html, text } = writeLetter('order-confirmed', orderId, named(name));
      const harmless = writeLetter('order-confirmed', orderId, named('Ada'));

      const tags = (document: string): string[] => document.match(/<[^>]*>/g) ?? [];
      expect(tags(html)).toEqual(tags(harmless.html));
      expect(text.replace(/\n +/g, ' ')).toContain(name);
    });

    it('keeps a name with line breaks on one line', () => {
      const { text, html } = writeLetter('order-confirmed', orderId, named('Ada\r\nBcc: eve@example.com\u2028Eve'));

      expect(text).toContain('  Ada Bcc: eve@example.com Eve\n');
      expect(text).not.toMatch(/\r|\u2028|^Bcc:/m);
      expect(html).not.toMatch(/\r|\u2028|^Bcc:/m);
    });

    it('takes out marks that turn the reading direction', () => {
      const { text, html } = writeLetter('order-confirmed', orderId, named('Key\u202eboard\u2066'));

      expect(text).toContain('Keyboard (KEYB-01)');
      expect(html).toContain('>Keyboard<br>');
    });

    it.each(['win at https://evil.example/x', 'evil.example', 'WWW.evil', 'mail me@evil'])(
      'does not greet with %s: mail programs would make a link of it',
      (name) => {
        expect(writeLetter('order-confirmed', orderId, named(name)).text).toMatch(/^Hello,\n/);
        expect(writeLetter('order-confirmed', orderId, named(name)).html).toContain('>Hello,</p>');
      },
    );

    it.each(['J. R. R. Tolkien', "Conan O'Brien", 'Zoë', '日本 太郎', '<script>alert(1)</script>'])(
      'greets %s',
      (name) => {
        expect(writeLetter('order-confirmed', orderId, named(name)).text).toMatch(
          new RegExp(`^Hello ${escaped(name)},`),
        );
      },
    );

    it('breaks a long name without losing any of it', () => {
      const name = `${'Wide screen '.repeat(8)}${'x'.repeat(90)}`;
      const { text } = writeLetter('order-confirmed', orderId, { ...confirmed, lines: [{ ...order.lines[0]!, name }] });

      const lines = text.split('\n');
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(78);
      const product = lines.slice(
        lines.findIndex((line) => /^-+$/.test(line)) + 1,
        lines.findLastIndex((line) => /^-+$/.test(line)),
      );
      expect(
        product
          .map((line) => line.slice(5, 41).trimEnd())
          .join('')
          .replaceAll(' ', ''),
      ).toBe(`${name}(KEYB-01)`.replaceAll(' ', ''));
    });
  });

  describe('with money', () => {
    const priced = (currency: string, quantity: number, unitPriceInCents: number, totalInCents: number) =>
      writeLetter('order-shipped', orderId, {
        ...shipped,
        lines: [{ sku: 'A', name: 'A', quantity, unitPriceInCents }],
        totalInCents,
        currency,
      });

    it.each([
      ['USD', 5, '$0.05'],
      ['EUR', 123456, '€1,234.56'],
      ['JPY', 1500, '¥1,500'],
      ['KWD', 1234, 'KWD 1.234'],
    ])('formats %s by its own minor units', (currency, cents, shown) => {
      expect(priced(currency, 1, cents, cents).text).toMatch(new RegExp(`Total +${escaped(shown)}\n`));
    });

    it('is exact beyond what a number of cents can hold', () => {
      const { text } = priced('USD', 1_000_000, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

      expect(text).toContain('$90,071,992,547,409.91');
      expect(text).toContain('$90,071,992,547,409,910,000.00');
      expect(text).toContain('1,000,000');
    });
  });
});

const escaped = (text: string): string => text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
