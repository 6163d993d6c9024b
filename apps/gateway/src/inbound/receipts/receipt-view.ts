import type { WebhookReceived } from '@hookshop/contracts';
import type { KeptHeaders } from '../receiving/kept-headers.js';

export const receiptStatuses = ['received', 'duplicate', 'rejected'] as const;
export type ReceiptStatus = (typeof receiptStatuses)[number];

/** Something that came to a source, as admins see it. */
export interface ReceiptView {
  id: string;
  source: string;
  status: ReceiptStatus;
  /** The sender's id; null for a rejected one. */
  webhookId: string | null;
  /** Why it was rejected, or why it is not the event that its source stands for. */
  reason: string | null;
  /** The receipt that it repeats. */
  duplicateOf: string | null;
  /** The same signed body came before under another id. */
  replaySuspected: boolean;
  receivedAt: string;
}

export interface WholeReceiptView extends ReceiptView {
  /** Where the connection came from. */
  address: string;
  headers: KeptHeaders;
  /** The raw body; null for a duplicate, which has that of the receipt it repeats. */
  body: string | null;
  bodyEncoding: WebhookReceived['encoding'] | null;
  /** Bytes that came. */
  bodySize: number;
  /** Only the beginning of a rejected body is kept. */
  bodyTruncated: boolean;
}

export interface ReceiptRow extends Omit<ReceiptView, 'receivedAt'> {
  receivedAt: Date;
}

export const receiptColumns = `id, source, status, webhook_id AS "webhookId", reason, duplicate_of AS "duplicateOf",
  replay_suspected AS "replaySuspected", received_at AS "receivedAt"`;

export const toReceiptView = ({ receivedAt, ...row }: ReceiptRow): ReceiptView => ({
  ...row,
  receivedAt: receivedAt.toISOString(),
});
