import type { OrderContent } from './content.js';

/** A label and what it stands for, one string a line: an address, a tracking number. */
export interface Detail {
  label: string;
  lines: string[];
}

/** What a mail says, in plain words; text and HTML are two settings of the same letter. */
export interface Letter {
  subject: string;
  heading: string;
  /** Paragraphs above the table of order lines. */
  opening: string[];
  details: Detail[];
  orderId: string;
  order: OrderContent;
  /** Paragraphs below the table. */
  closing: string[];
}
