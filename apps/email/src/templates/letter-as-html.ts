import { escapeHtml, greeting } from './foreign-text.js';
import type { Detail, Letter } from './letter.js';
import { amountOf, count, money } from './money.js';
import type { OrderContent } from './content.js';

// Mail programs drop style sheets, so every style stands at its element; nothing is loaded from anywhere.
const TEXT = 'font-family:Helvetica,Arial,sans-serif;font-size:15px;line-height:22px;color:#1f2933';
const CELL = `padding:10px 12px;border-bottom:1px solid #e4e7eb;vertical-align:top;${TEXT}`;
const NUMBER = `${CELL};text-align:right;white-space:nowrap`;
const HEAD = 'font-size:13px;color:#616e7c;font-weight:normal';

/** The letter as an HTML document in pure ASCII: lines end with \n. */
export function letterAsHtml({ subject, heading, opening, details, orderId, order, closing }: Letter): string {
  return [
    '<!DOCTYPE html>',
    '<html lang="en">',
    `<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(subject)}</title></head>`,
    '<body style="margin:0;padding:0;background-color:#f5f7fa">',
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td align="center" style="padding:24px 12px">',
    '<table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" style="width:100%;max-width:600px;background-color:#ffffff;border:1px solid #e4e7eb">',
    '<tr><td style="padding:28px 32px">',
    `<h1 style="margin:0 0 20px;font-family:Helvetica,Arial,sans-serif;font-size:22px;line-height:28px;color:#1f2933">${escapeHtml(heading)}</h1>`,
    paragraph(greeting(order.customerName)),
    ...opening.map(paragraph),
    `<p style="margin:24px 0 8px;${TEXT}">Order <strong>${escapeHtml(orderId)}</strong></p>`,
    ...table(order),
    ...details.flatMap(detail),
    ...closing.map(paragraph),
    `<p style="margin:24px 0 0;${TEXT}">Hookshop</p>`,
    '</td></tr></table>',
    '</td></tr></table>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

const paragraph = (text: string): string => `<p style="margin:0 0 14px;${TEXT}">${escapeHtml(text)}</p>`;

const detail = ({ label, lines }: Detail): string[] => [
  `<p style="margin:0 0 14px;${TEXT}"><span style="${HEAD}">${escapeHtml(label)}</span>`,
  ...lines.map((line) => `<br>${escapeHtml(line)}`),
  '</p>',
];

const table = ({ lines, totalInCents, currency }: OrderContent): string[] => [
  '<table width="100%" cellpadding="0" cellspacing="0" border="0" style="width:100%;margin:0 0 24px;border-collapse:collapse;border-top:1px solid #e4e7eb">',
  '<thead><tr>',
  `<th align="left" style="${CELL};${HEAD};text-align:left">Product</th>`,
  ...['Qty', 'Price', 'Amount'].map((head) => `<th align="right" style="${NUMBER};${HEAD}">${head}</th>`),
  '</tr></thead>',
  '<tbody>',
  ...lines.flatMap((line) => [
    `<tr><td style="${CELL}">${escapeHtml(line.name)}<br>`,
    `<span style="${HEAD}">${escapeHtml(line.sku)}</span></td>`,
    ...[count(line.quantity), money(line.unitPriceInCents, currency), money(amountOf(line), currency)].map(
      (figure) => `<td align="right" style="${NUMBER}">${escapeHtml(figure)}</td>`,
    ),
    '</tr>',
  ]),
  '</tbody>',
  '<tfoot><tr>',
  `<td colspan="3" style="${CELL};font-weight:bold">Total</td>`,
  `<td align="right" style="${NUMBER};font-weight:bold">${escapeHtml(money(totalInCents, currency))}</td>`,
  '</tr></tfoot>',
  '</table>',
];
