import { IsId, IsOneOf, IsText } from '../contract/field-decorators.js';
import { EventContract } from '../contract/event-contract.js';

export const emailKinds = ['order-confirmed', 'order-cancelled', 'order-shipped'] as const;
export type EmailKind = (typeof emailKinds)[number];

class EmailFact {
  @IsId() readonly emailId: string;
  @IsId() readonly orderId: string;
  @IsOneOf(emailKinds) readonly kind: EmailKind;
  /** RFC 5322 Message-ID, the same for every copy. */
  @IsText(998) readonly messageId: string;
}

@EventContract('email.sent', 1, { description: "The customer's mail server accepted a message about an order." })
export class EmailSent extends EmailFact {}

@EventContract('email.failed', 1, { description: 'A message about an order could not be delivered and is given up.' })
export class EmailFailed extends EmailFact {
  @IsText(1000) readonly reason: string;
}
