import { greeting, oneLine } from './foreign-text.js';
import type { Detail, Letter } from './letter.js';
import { amountOf, count, money } from './money.js';
import type { OrderContent } from './content.js';

/** Most characters of a product's name on one line, and of a paragraph. */
const PRODUCT_WIDTH = 36;
const PARAGRAPH_WIDTH = 76;

/** The letter as plain text: lines end with \n, columns stand under each other in a fixed-width font. */
export function letterAsText({ opening, details, orderId, order, closing }: Letter): string {
  const paragraphs = (texts: string[]): string[] => texts.map((text) => wrap(text, PARAGRAPH_WIDTH).join('\n'));
  return (
    [
      greeting(order.customerName),
      ...paragraphs(opening),
      `Order ${orderId}`,
      table(order),
      ...details.map(detail),
      ...paragraphs(closing),
      'Hookshop',
    ].join('\n\n') + '\n'
  );
}

const detail = ({ label, lines }: Detail): string =>
  [`${label}:`, ...lines.map((line) => `  ${oneLine(line)}`)].join('\n');

function table({ lines, totalInCents, currency }: OrderContent): string {
  const total = money(totalInCents, currency);
  const rows = lines.map((line) => ({
    quantity: count(line.quantity),
    product: wrap(`${oneLine(line.name)} (${line.sku})`, PRODUCT_WIDTH),
    price: money(line.unitPriceInCents, currency),
    amount: money(amountOf(line), currency),
  }));
  const widest = (texts: string[]): number => Math.max(...texts.map(width));
  const columns = {
    quantity: widest(['Qty', ...rows.map(({ quantity }) => quantity)]),
    product: widest(['Product', 'Total', ...rows.flatMap(({ product }) => product)]),
    price: widest(['Price', ...rows.map(({ price }) => price)]),
    amount: widest(['Amount', total, ...rows.map(({ amount }) => amount)]),
  };
  const row = (quantity: string, product: string, price: string, amount: string): string =>
    [
      toRight(quantity, columns.quantity),
      toLeft(product, columns.product),
      toRight(price, columns.price),
      toRight(amount, columns.amount),
    ]
      .join('  ')
      .trimEnd();
  const rule = '-'.repeat(Object.values(columns).reduce((sum, column) => sum + column + 2, -2));
  return [
    row('Qty', 'Product', 'Price', 'Amount'),
    rule,
    ...rows.flatMap(({ quantity, product: [first = '', ...rest], price, amount }) => [
      row(quantity, first, price, amount),
      ...rest.map((more) => row('', more, '', '')),
    ]),
    rule,
    row('', 'Total', '', total),
  ].join('\n');
}

/** Characters as a reader counts them, near enough for a column. */
const width = (text: string): number => [...text].length;
const toLeft = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - width(text)));
const toRight = (text: string, columns: number): string => ' '.repeat(Math.max(0, columns - width(text))) + text;

/** Breaks between words, and within a word that is longer than a line. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).flatMap((whole) => pieces(whole, columns))) {
    if (line === '') line = word;
    else if (width(line) + 1 + width(word) <= columns) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

function pieces(word: string, columns: number): string[] {
  const characters = [...word];
  const result: string[] = [];
  for (let start = 0; start < characters.length; start += columns) {
    result.push(characters.slice(start, start + columns).join(''));
  }
  return result;
}
