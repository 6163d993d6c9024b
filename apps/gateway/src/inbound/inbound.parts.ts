import type { Provider, Type } from '@nestjs/common';
import { ReceiptsController } from './receipts/receipts.controller.js';
import { Receipts } from './receipts/receipts.js';
import { ReprocessReceipt } from './receipts/reprocess-receipt.js';
import { ReceiveWebhooks } from './receiving/receive-webhooks.js';
import { TakeWebhooks } from './receiving/take-webhooks.js';
import { Rejections } from './rejections/rejections.js';
import { ReceiptRetention } from './retention/receipt-retention.js';
import { InboundSources } from './sources/inbound-sources.js';

/** Webhooks from third parties: the routes besides `/hooks/:source`, which `openHooks` opens. */
export const inboundControllers: Type[] = [ReceiptsController];

/** Webhooks from third parties: everything behind the routes. */
export const inboundProviders: Provider[] = [
  InboundSources,
  ReceiveWebhooks,
  TakeWebhooks,
  Rejections,
  Receipts,
  ReprocessReceipt,
  ReceiptRetention,
];
