import { IsOptional } from 'class-validator';
import { IsEmailAddress } from '../contract/field-decorators.js';
import type { Segment } from '../events/customer.js';
import { PageQuery } from './orders.js';

export const customerRequests = {
  /** `ListCustomers` → `Page<CustomerView>` */
  list: 'crm.list-customers',
  /** `{ id }` → `CustomerView` */
  show: 'crm.show-customer',
  /** `{ id } & PageQuery` → `Page<InteractionView>` */
  interactions: 'crm.list-interactions',
} as const;

export class ListCustomers extends PageQuery {
  @IsOptional() @IsEmailAddress() readonly email?: string;
}

export interface CustomerView {
  id: string;
  email: string;
  name: string;
  segment: Segment;
  ordersPlaced: number;
  ordersConfirmed: number;
  /** Captured minus refunded. */
  lifetimeValueInCents: number;
  currency: string;
  firstSeenAt: string;
  lastSeenAt: string;
}

export interface InteractionView {
  /** Type of the fact, `order.confirmed.v1`. */
  type: string;
  orderId: string | null;
  time: string;
  detail: Record<string, unknown>;
}
