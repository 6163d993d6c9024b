import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsUUID, Max, Min } from 'class-validator';
import { IsEmailAddress, IsId, IsOneOf, IsText } from '../contract/field-decorators.js';
import {
  Customer,
  IsListOf,
  IsPart,
  orderStatuses,
  ShippingAddress,
  StockLine,
  type CancellationReason,
  type OrderLine,
  type OrderStatus,
} from '../events/order-parts.js';

/** NATS subjects of the questions that need an answer now. */
export const orderRequests = {
  /** `PlaceOrder` → `OrderView` */
  place: 'order.place',
  /** `OrderId` → `OrderView` */
  show: 'order.show',
  /** `ListOrders` → `Page<OrderView>` */
  list: 'order.list',
  /** `OrderId` → `OrderView` */
  cancel: 'order.cancel',
} as const;

export class PaymentChoice {
  /** The provider's payment method id, `pm_card_visa`. */
  @IsText() readonly method: string;
}

/** Body of `POST /v1/orders`. */
export class PlaceOrderBody {
  @IsPart(() => Customer) readonly customer: Customer;
  @IsListOf(() => StockLine) readonly lines: StockLine[];
  @IsPart(() => PaymentChoice) readonly payment: PaymentChoice;
  @IsPart(() => ShippingAddress) readonly shippingAddress: ShippingAddress;
}

/** The body with the id the gateway fixed for it: placing the same id again answers the same order. */
export class PlaceOrder extends PlaceOrderBody {
  @IsId() readonly orderId: string;
}

export class OrderId {
  @IsId() readonly id: string;
}

/** Query of a list: newest first, `cursor` as the previous page gave it. */
export class PageQuery {
  @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(100) readonly limit: number = 20;
  @IsOptional() @IsUUID() readonly cursor?: string;
}

export class ListOrders extends PageQuery {
  @IsOptional() @IsEmailAddress() readonly email?: string;
  @IsOptional() @IsOneOf(orderStatuses) readonly status?: OrderStatus;
}

export interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

/** An order as people see it. */
export interface OrderView {
  id: string;
  status: OrderStatus;
  customer: Customer;
  lines: OrderLine[];
  totalInCents: number;
  currency: string;
  cancellationReason: CancellationReason | null;
  shippingAddress: ShippingAddress;
  placedAt: string;
  updatedAt: string;
}
