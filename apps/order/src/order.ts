import type {
  CancellationReason,
  Customer,
  OrderLine,
  OrderStatus,
  OrderView,
  ShippingAddress,
} from '@hookshop/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Every move an order may make. Anything else is an IllegalTransition. */
export const transitions: Record<OrderStatus, readonly OrderStatus[]> = {
  placed: ['awaiting-payment', 'cancelled'],
  'awaiting-payment': ['confirmed', 'cancelled'],
  confirmed: ['shipped', 'cancelled'],
  shipped: ['delivered'],
  delivered: [],
  cancelled: [],
};

/** The way forward; cancelled lies beside it. */
const story: readonly OrderStatus[] = ['placed', 'awaiting-payment', 'confirmed', 'shipped', 'delivered'];

/** A customer's order: the aggregate, its state machine and its row. */
@Entity('orders')
export class Order {
  @PrimaryColumn('uuid') id: string;
  @Column('text') status: OrderStatus;
  /** Counts the moves; the sequence of the order's facts. */
  @Column('integer') version: number;
  @Column('jsonb') customer: Customer;
  @Column('jsonb') lines: OrderLine[];
  @Column('bigint', { name: 'total_in_cents' }) totalInCents: number;
  @Column('text') currency: string;
  @Column('text', { name: 'payment_method' }) paymentMethod: string;
  @Column('jsonb', { name: 'shipping_address' }) shippingAddress: ShippingAddress;
  @Column('text', { name: 'cancellation_reason', nullable: true }) cancellationReason: CancellationReason | null;
  @Column('timestamptz', { name: 'placed_at' }) placedAt: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt: Date;

  awaitPayment(now: Date): void {
    this.move('awaiting-payment', now);
  }

  confirm(now: Date): void {
    this.move('confirmed', now);
  }

  ship(now: Date): void {
    this.move('shipped', now);
  }

  deliver(now: Date): void {
    this.move('delivered', now);
  }

  cancel(reason: CancellationReason, now: Date): void {
    this.move('cancelled', now);
    this.cancellationReason = reason;
  }

  /** It has been where a fact wants it to go, or was cancelled: the fact comes too late and changes nothing. */
  isPast(next: OrderStatus): boolean {
    if (this.status === 'cancelled') return true;
    return next !== 'cancelled' && story.indexOf(this.status) >= story.indexOf(next);
  }

  private move(next: OrderStatus, now: Date): void {
    if (!transitions[this.status].includes(next)) throw new IllegalTransition(this.id, this.status, next);
    this.status = next;
    this.version += 1;
    this.updatedAt = now;
  }
}

/** An order cannot go from where it is to where it was asked to go. */
export class IllegalTransition extends Error {
  constructor(
    readonly orderId: string,
    readonly from: OrderStatus,
    readonly to: OrderStatus,
  ) {
    super(`Order ${orderId} is ${from} and cannot become ${to}`);
    this.name = 'IllegalTransition';
  }
}

export const viewOf = (order: Order): OrderView => ({
  id: order.id,
  status: order.status,
  customer: order.customer,
  lines: order.lines,
  totalInCents: order.totalInCents,
  currency: order.currency,
  cancellationReason: order.cancellationReason,
  shippingAddress: order.shippingAddress,
  placedAt: order.placedAt.toISOString(),
  updatedAt: order.updatedAt.toISOString(),
});
