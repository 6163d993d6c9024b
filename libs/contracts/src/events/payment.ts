import { IsCents, IsCurrency, IsId, IsText, IsWhole } from '../contract/field-decorators.js';
import { EventContract } from '../contract/event-contract.js';

@EventContract('payment.captured', 1, { description: 'The provider took the money of an order.' })
export class PaymentCaptured {
  @IsId() readonly paymentId: string;
  @IsId() readonly orderId: string;
  @IsCents() readonly amountInCents: number;
  @IsCurrency() readonly currency: string;
  /** The provider's id of the payment, `pi_…`. */
  @IsText() readonly providerReference: string;
}

@EventContract('payment.declined', 1, { description: 'The provider refused the payment of an order; no money moved.' })
export class PaymentDeclined {
  @IsId() readonly paymentId: string;
  @IsId() readonly orderId: string;
  /** The provider's decline code, `card_declined` or `insufficient_funds`. */
  @IsText() readonly reason: string;
}

@EventContract('payment.refunded', 1, { description: 'The provider returned the money of an order.' })
export class PaymentRefunded {
  @IsId() readonly paymentId: string;
  @IsId() readonly orderId: string;
  @IsCents() readonly amountInCents: number;
  @IsCurrency() readonly currency: string;
  /** The provider's id of the refund, `re_…`. */
  @IsText() readonly providerReference: string;
}

@EventContract('payment.refund-failed', 1, {
  description: 'The provider would not return the money of an order; it is tried again, and a person must look.',
})
export class PaymentRefundFailed {
  @IsId() readonly paymentId: string;
  @IsId() readonly orderId: string;
  @IsCents() readonly amountInCents: number;
  @IsCurrency() readonly currency: string;
  @IsText() readonly reason: string;
  @IsWhole(1) readonly attempts: number;
}
