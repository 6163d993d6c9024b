import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Failure, Verdict } from './test-methods.js';

export type PaymentIntentStatus = 'requires_payment_method' | 'requires_action' | 'succeeded' | 'canceled';

/** Every move an intent may make. Anything else is an UnexpectedState. */
export const transitions: Record<PaymentIntentStatus, readonly PaymentIntentStatus[]> = {
  requires_payment_method: ['canceled'],
  requires_action: ['succeeded', 'requires_payment_method', 'canceled'],
  succeeded: [],
  canceled: [],
};

/** What the merchant asks for when it creates an intent. */
export interface Purchase {
  amountInCents: number;
  /** ISO 4217, upper case. */
  currency: string;
  /** One of the test methods. */
  method: string;
  orderId: string | null;
  description: string | null;
  returnUrl: string | null;
  metadata: Record<string, string>;
}

/** The customer's money on its way to the merchant: what the provider's books say about one payment. */
@Entity('payment_intents')
export class PaymentIntent {
  @PrimaryColumn('text') id: string;
  @Column('text', { name: 'order_id', nullable: true }) orderId: string | null;
  @Column('bigint', { name: 'amount_in_cents' }) amountInCents: number;
  @Column('bigint', { name: 'captured_in_cents' }) capturedInCents: number;
  @Column('bigint', { name: 'refunded_in_cents' }) refundedInCents: number;
  @Column('text') currency: string;
  @Column('text') status: PaymentIntentStatus;
  @Column('text') method: string;
  @Column('text', { nullable: true }) failure: Failure | null;
  @Column('text', { name: 'cancellation_reason', nullable: true }) cancellationReason: string | null;
  @Column('text', { nullable: true }) description: string | null;
  @Column('text', { name: 'return_url', nullable: true }) returnUrl: string | null;
  @Column('jsonb') metadata: Record<string, string>;
  @Column('text', { name: 'idempotency_key', nullable: true }) idempotencyKey: string | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
  @Column('timestamptz', { name: 'canceled_at', nullable: true }) canceledAt: Date | null;

  /** Asks the card's bank at once. */
  static confirm(
    id: string,
    purchase: Purchase,
    verdict: Verdict,
    idempotencyKey: string | null,
    now: Date,
  ): PaymentIntent {
    const intent = new PaymentIntent();
    Object.assign(intent, purchase, { id, idempotencyKey, createdAt: now });
    intent.capturedInCents = verdict === 'succeeds' ? purchase.amountInCents : 0;
    intent.refundedInCents = 0;
    intent.cancellationReason = null;
    intent.canceledAt = null;
    intent.failure = verdict === 'succeeds' || verdict === 'asks-for-authentication' ? null : verdict;
    intent.status =
      verdict === 'succeeds'
        ? 'succeeded'
        : verdict === 'asks-for-authentication'
          ? 'requires_action'
          : 'requires_payment_method';
    return intent;
  }

  /** The attempt to take the money, if there was one. */
  get chargeId(): string | null {
    const attempted = this.capturedInCents > 0 || this.failure !== null;
    return attempted ? this.id.replace(/^pi_/, 'ch_') : null;
  }

  get refundableInCents(): number {
    return this.capturedInCents - this.refundedInCents;
  }

  cancel(reason: string | null, now: Date): void {
    this.moveTo('canceled');
    this.cancellationReason = reason;
    this.canceledAt = now;
  }

  /** The customer proved to be the card's owner, or failed to. */
  authenticate(outcome: 'succeed' | 'fail'): void {
    if (outcome === 'succeed') {
      this.moveTo('succeeded');
      this.capturedInCents = this.amountInCents;
    } else {
      this.moveTo('requires_payment_method');
      this.failure = 'payment_intent_authentication_failure';
    }
  }

  /** @throws NothingToRefund, RefundTooLarge */
  refund(amountInCents: number): void {
    this.checkRefundable(amountInCents);
    this.refundedInCents += amountInCents;
  }

  /** @throws NothingToRefund, RefundTooLarge */
  checkRefundable(amountInCents: number): void {
    if (this.refundableInCents === 0) throw new NothingToRefund(this);
    if (amountInCents > this.refundableInCents) throw new RefundTooLarge(this, amountInCents);
  }

  private moveTo(status: PaymentIntentStatus): void {
    if (!transitions[this.status].includes(status)) throw new UnexpectedState(this, status);
    this.status = status;
  }
}

export class UnexpectedState extends Error {
  constructor(
    readonly intent: PaymentIntent,
    readonly wanted: PaymentIntentStatus,
  ) {
    super(`The payment intent ${intent.id} is ${intent.status} and cannot become ${wanted}`);
    this.name = 'UnexpectedState';
  }
}

/** Nothing was captured, or all of it went back already. */
export class NothingToRefund extends Error {
  constructor(readonly intent: PaymentIntent) {
    super(`The payment intent ${intent.id} holds no money to refund`);
    this.name = 'NothingToRefund';
  }
}

export class RefundTooLarge extends Error {
  constructor(
    readonly intent: PaymentIntent,
    readonly amountInCents: number,
  ) {
    super(`A refund of ${amountInCents} is more than the ${intent.refundableInCents} left on ${intent.id}`);
    this.name = 'RefundTooLarge';
  }
}
