import type { JsonSchema } from '@hookshop/contracts';
import { id, oneOf, orNull, text, time, view, whole } from '../../documentation/schema-parts.js';
import type { ReprocessedView } from './reprocess-receipt.js';
import { receiptStatuses, type ReceiptView, type WholeReceiptView } from './receipt-view.js';

const receipt: Record<keyof ReceiptView, JsonSchema> = {
  id,
  source: { type: 'string', examples: ['stripe'] },
  status: oneOf(receiptStatuses),
  webhookId: orNull(text),
  reason: orNull(text),
  duplicateOf: orNull(id),
  replaySuspected: { type: 'boolean' },
  receivedAt: time,
};

/** What these routes answer, by name. */
export const receiptViews = {
  InboundWebhook: view<ReceiptView>(receipt),
  WholeInboundWebhook: view<WholeReceiptView>({
    ...receipt,
    address: text,
    headers: { type: 'object', additionalProperties: { type: 'array', items: text } },
    body: orNull(text),
    bodyEncoding: orNull(oneOf(['utf8', 'base64'])),
    bodySize: whole,
    bodyTruncated: { type: 'boolean' },
  }),
  ReprocessedInboundWebhook: view<ReprocessedView>({ ...receipt, eventIds: { type: 'array', items: id } }),
} satisfies Record<string, JsonSchema>;
