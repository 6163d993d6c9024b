import type { CustomerView, Segment } from '@hookshop/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Orders from which a customer is a returning one. */
const RETURNING_ORDERS = 2;

/** Two spellings of an e-mail address that differ in case are one customer. */
export const emailKeyOf = (email: string): string => email.normalize('NFC').toLowerCase();

/** What the customer is worth decides first, then how often they ordered. */
export function segmentOf(
  { ordersConfirmed, lifetimeValueInCents }: Pick<CustomerView, 'ordersConfirmed' | 'lifetimeValueInCents'>,
  vipThresholdInCents: number,
): Segment {
  if (lifetimeValueInCents >= vipThresholdInCents) return 'vip';
  return ordersConfirmed >= RETURNING_ORDERS ? 'returning' : 'new';
}

/** Whoever orders with one e-mail address. */
@Entity('customers')
export class Customer {
  @PrimaryColumn('uuid') id: string;
  @Column('text', { name: 'email_key' }) emailKey: string;
  /** E-mail address and name as written in their newest order. */
  @Column('text') email: string;
  @Column('text') name: string;
  @Column('text') segment: Segment;
  @Column('bigint', { name: 'orders_placed' }) ordersPlaced: number;
  /** Orders that were confirmed and not cancelled afterwards. */
  @Column('bigint', { name: 'orders_confirmed' }) ordersConfirmed: number;
  @Column('bigint', { name: 'captured_in_cents' }) capturedInCents: number;
  @Column('bigint', { name: 'refunded_in_cents' }) refundedInCents: number;
  @Column('timestamptz', { name: 'first_seen_at' }) firstSeenAt: Date;
  @Column('timestamptz', { name: 'last_seen_at' }) lastSeenAt: Date;

  view(currency: string): CustomerView {
    const { id, email, name, segment, ordersPlaced, ordersConfirmed } = this;
    return {
      id,
      email,
      name,
      segment,
      ordersPlaced,
      ordersConfirmed,
      lifetimeValueInCents: this.capturedInCents - this.refundedInCents,
      currency,
      firstSeenAt: this.firstSeenAt.toISOString(),
      lastSeenAt: this.lastSeenAt.toISOString(),
    };
  }
}
