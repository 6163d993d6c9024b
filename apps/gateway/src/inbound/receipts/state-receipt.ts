import { WebhookReceived } from '@hookshop/contracts';
import type { Transaction } from '@hookshop/messaging';
import type { EventInMessage } from '../sources/event-in.js';
import { bodyAsText } from './body-as-text.js';

export interface StatedReceipt {
  id: string;
  source: string;
  webhookId: string;
  body: Buffer;
  replaySuspected: boolean;
  receivedAt: Date;
  event?: EventInMessage | undefined;
  /** Of the request that brought it; by default of the one at hand. */
  traceparent?: string | undefined;
}

/**
 * States that a webhook was received, and the event that it is if its source stands for one.
 *
 * @returns the ids of the facts
 */
export function stateReceipt(tx: Transaction, receipt: StatedReceipt): string[] {
  const { id: receiptId, source, webhookId, body, replaySuspected, receivedAt, event, traceparent } = receipt;
  const about = { subject: receiptId, sequence: 1, traceparent };
  const received = { receiptId, source, webhookId, ...bodyAsText(body), replaySuspected };
  const id = tx.publish(
    WebhookReceived,
    { ...received, receivedAt: receivedAt.toISOString() },
    { ...about, source: `hooks/${source}` },
  );
  if (!event || 'fault' in event) return [id];
  return [id, tx.publish(event.event, event.data, { ...about, cause: { id } })];
}
