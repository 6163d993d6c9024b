import { IsCents, IsCurrency, IsId, IsOneOf, IsText, IsTime } from '../contract/field-decorators.js';
import { EventContract } from '../contract/event-contract.js';
import {
  cancellationReasons,
  type CancellationReason,
  Customer,
  IsListOf,
  IsPart,
  OrderLine,
  ShippingAddress,
} from './order-parts.js';

/** What every fact about an order tells of it, so that no consumer has to ask back. */
class OrderFact {
  @IsId() readonly orderId: string;
  @IsPart(() => Customer) readonly customer: Customer;
  @IsListOf(() => OrderLine) readonly lines: OrderLine[];
  @IsCents() readonly totalInCents: number;
  @IsCurrency() readonly currency: string;
}

@EventContract('order.placed', 1, {
  description: 'A customer placed an order; nothing is reserved or paid yet.',
})
export class OrderPlaced extends OrderFact {
  @IsPart(() => ShippingAddress) readonly shippingAddress: ShippingAddress;
  @IsTime() readonly placedAt: string;
}

@EventContract('order.payment-requested', 1, {
  description: 'The stock of an order is reserved; its payment is due now.',
  // Carries the payment method: nobody outside the shop needs it.
  audience: 'internal',
})
export class OrderPaymentRequested {
  @IsId() readonly orderId: string;
  @IsCents() readonly amountInCents: number;
  @IsCurrency() readonly currency: string;
  /** The provider's payment method id, `pm_card_visa`. */
  @IsText() readonly paymentMethod: string;
}

@EventContract('order.confirmed', 1, {
  description: 'The stock of an order is reserved and its payment captured: it will be shipped.',
})
export class OrderConfirmed extends OrderFact {
  @IsPart(() => ShippingAddress) readonly shippingAddress: ShippingAddress;
  @IsTime() readonly confirmedAt: string;
}

@EventContract('order.shipped', 1, { description: 'The carrier picked up an order.' })
export class OrderShipped extends OrderFact {
  @IsText() readonly carrier: string;
  @IsText() readonly trackingNumber: string;
  @IsTime() readonly shippedAt: string;
}

@EventContract('order.delivered', 1, { description: 'The carrier delivered an order.' })
export class OrderDelivered extends OrderFact {
  @IsTime() readonly deliveredAt: string;
}

@EventContract('order.cancelled', 1, {
  description: 'An order ended before it was shipped; its stock is released and its payment returned.',
})
export class OrderCancelled extends OrderFact {
  @IsOneOf(cancellationReasons) readonly reason: CancellationReason;
  @IsTime() readonly cancelledAt: string;
}
