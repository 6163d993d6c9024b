import { IsEmailAddress, IsId, IsOneOf, IsText } from '../contract/field-decorators.js';
import { EventContract } from '../contract/event-contract.js';

export const segments = ['new', 'returning', 'vip'] as const;
export type Segment = (typeof segments)[number];

@EventContract('customer.registered', 1, { description: 'An e-mail address ordered for the first time.' })
export class CustomerRegistered {
  @IsId() readonly customerId: string;
  @IsEmailAddress() readonly email: string;
  @IsText() readonly name: string;
}

@EventContract('customer.segment-changed', 1, { description: 'A customer became new, returning or vip.' })
export class CustomerSegmentChanged {
  @IsId() readonly customerId: string;
  @IsOneOf(segments) readonly previousSegment: Segment;
  @IsOneOf(segments) readonly segment: Segment;
}
