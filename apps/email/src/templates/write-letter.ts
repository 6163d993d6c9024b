import type { EmailKind } from '@hookshop/contracts';
import type { ContentOf } from './content.js';
import { letterAsHtml } from './letter-as-html.js';
import { letterAsText } from './letter-as-text.js';
import type { Letter } from './letter.js';
import { orderCancelled } from './order-cancelled.js';
import { orderConfirmed } from './order-confirmed.js';
import { orderShipped } from './order-shipped.js';

const templates: { [K in EmailKind]: (orderId: string, content: ContentOf[K]) => Letter } = {
  'order-confirmed': orderConfirmed,
  'order-cancelled': orderCancelled,
  'order-shipped': orderShipped,
};

export interface WrittenLetter {
  subject: string;
  /** Lines end with \n. */
  text: string;
  /** Lines end with \n. */
  html: string;
}

/** The mail of one kind about an order, ready to be put into an envelope. The same content always gives the same letter. */
export function writeLetter<K extends EmailKind>(kind: K, orderId: string, content: ContentOf[K]): WrittenLetter {
  const letter = templates[kind](orderId, content);
  return { subject: letter.subject, text: letterAsText(letter), html: letterAsHtml(letter) };
}
