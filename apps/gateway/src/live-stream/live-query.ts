import { IsId, IsText } from '@hookshop/contracts';
import { IsOptional, Matches } from 'class-validator';

/** Query of `GET /v1/events/stream`. */
export class LiveQuery {
  /** Only facts of this order. */
  @IsOptional() @IsId() readonly orderId?: string;
  /** Only facts of this type, `order.placed.v1`. */
  @IsOptional() @IsText(128) readonly type?: string;
  /** Where to go on, for clients that cannot send `Last-Event-ID`. */
  @IsOptional() @Matches(/^\d{1,15}$/) readonly lastEventId?: string;
}
