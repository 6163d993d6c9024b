import { Column, Entity, PrimaryColumn } from 'typeorm';

export type RefundStatus = 'succeeded' | 'failed';

/** Money on its way back to the customer. A failed refund moved none. */
@Entity('refunds')
export class Refund {
  @PrimaryColumn('text') id: string;
  @Column('text', { name: 'payment_intent_id' }) paymentIntentId: string;
  @Column('text', { name: 'order_id', nullable: true }) orderId: string | null;
  @Column('bigint', { name: 'amount_in_cents' }) amountInCents: number;
  @Column('text') currency: string;
  @Column('text') status: RefundStatus;
  @Column('text', { nullable: true }) reason: string | null;
  @Column('jsonb') metadata: Record<string, string>;
  @Column('text', { name: 'idempotency_key', nullable: true }) idempotencyKey: string | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
}
