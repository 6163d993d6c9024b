import type { Page } from '@hookshop/contracts';
import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { For } from '../../authentication/caller.js';
import { Documented } from '../../documentation/documented.js';
import { IdOf } from '../../id-of.js';
import { ListReceiptsQuery } from './list-receipts-query.js';
import type { ReceiptView, WholeReceiptView } from './receipt-view.js';
import { Receipts } from './receipts.js';
import { ReprocessReceipt, type ReprocessedView } from './reprocess-receipt.js';

const receiptId = new IdOf('inbound webhook');

@Controller('v1/inbound-webhooks')
export class ReceiptsController {
  constructor(
    private readonly receipts: Receipts,
    private readonly reprocessing: ReprocessReceipt,
  ) {}

  @Get()
  @For()
  @Documented({
    summary: 'List webhooks that third parties sent, newest first',
    answer: { pageOf: 'InboundWebhook' },
    query: ListReceiptsQuery,
  })
  list(@Query() query: ListReceiptsQuery): Promise<Page<ReceiptView>> {
    return this.receipts.list(query);
  }

  @Get(':id')
  @For()
  @Documented({
    summary: 'Show an inbound webhook as it came, and why it was rejected',
    answer: 'WholeInboundWebhook',
    refusals: [404],
  })
  show(@Param('id', receiptId) id: string): Promise<WholeReceiptView> {
    return this.receipts.show(id);
  }

  @Post(':id/reprocess')
  @For()
  @HttpCode(202)
  @Documented({
    summary: 'State an inbound webhook once more, as a new fact',
    status: 202,
    answer: 'ReprocessedInboundWebhook',
    refusals: [404, 409],
  })
  reprocess(@Param('id', receiptId) id: string): Promise<ReprocessedView> {
    return this.reprocessing.reprocess(id);
  }
}
