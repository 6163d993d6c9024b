import { IsOneOf, IsText, PageQuery } from '@hookshop/contracts';
import { IsOptional } from 'class-validator';
import { receiptStatuses, type ReceiptStatus } from './receipt-view.js';

/** Query of `GET /v1/inbound-webhooks`. */
export class ListReceiptsQuery extends PageQuery {
  @IsOptional() @IsText(63) readonly source?: string;
  @IsOptional() @IsOneOf(receiptStatuses) readonly status?: ReceiptStatus;
  /** The sender's id. */
  @IsOptional() @IsText(255) readonly webhookId?: string;
}
