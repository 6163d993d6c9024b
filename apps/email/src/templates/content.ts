import type { CancellationReason, EmailKind, OrderLine, ShippingAddress } from '@hookshop/contracts';

/** What every mail tells of its order. */
export interface OrderContent {
  customerName: string;
  lines: OrderLine[];
  totalInCents: number;
  /** ISO 4217, `USD`. */
  currency: string;
}

export interface ConfirmedContent extends OrderContent {
  shippingAddress: ShippingAddress;
}

export interface CancelledContent extends OrderContent {
  reason: CancellationReason;
}

export interface ShippedContent extends OrderContent {
  carrier: string;
  trackingNumber: string;
}

/** What a mail of each kind needs to be written, kept beside it until it is sent. */
export interface ContentOf extends Record<EmailKind, OrderContent> {
  'order-confirmed': ConfirmedContent;
  'order-cancelled': CancelledContent;
  'order-shipped': ShippedContent;
}
