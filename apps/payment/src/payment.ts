import {
  type EventClass,
  type OrderPaymentRequested,
  PaymentCaptured,
  PaymentDeclined,
  PaymentRefunded,
  PaymentRefundFailed,
} from '@hookshop/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { ChargedTwice, IllegalTransition } from './payment-errors.js';
import { type PaymentStatus, transitions } from './payment-status.js';
import { type Pauses, pauseAfter } from './pauses.js';
import type { ChargeOutcome, RefundOutcome } from './provider/outcomes.js';

/** The fact that asked for something, as the facts that answer it have to name it. */
export interface Asked {
  id: string;
  correlationId?: string;
  traceparent?: string;
}

/** A fact that became true with a move and is stated when the move commits. */
export interface Statement {
  event: EventClass;
  data: object;
  sequence: number;
  cause: Asked | null;
}

/** A refund the provider refused. */
export interface RefundFailure {
  number: number;
  /** RFC 3339. */
  at: string;
  error: string;
}

/** The payment of one order: asked of the provider once, returned when the order is cancelled. */
@Entity('payments')
export class Payment {
  @PrimaryColumn('uuid') id: string;
  @Column('uuid', { name: 'order_id' }) orderId: string;
  @Column('text') status: PaymentStatus;
  @Column('integer') version: number;
  /** Null, like currency and method, when the order was cancelled before its payment was asked for. */
  @Column('bigint', { name: 'amount_in_cents', nullable: true }) amountInCents: number | null;
  @Column('text', { nullable: true }) currency: string | null;
  /** The provider's id of the payment method, `pm_…`. */
  @Column('text', { nullable: true }) method: string | null;
  /** The provider's id of the payment, `pi_…`. */
  @Column('text', { name: 'provider_reference', nullable: true }) providerReference: string | null;
  /** The provider's id of the refund, `re_…`. */
  @Column('text', { name: 'refund_reference', nullable: true }) refundReference: string | null;
  @Column('text', { name: 'decline_reason', nullable: true }) declineReason: string | null;
  /** Tries of the present step. */
  @Column('integer') attempts: number;
  /** Refunds refused since the refund was asked for, or asked for again. */
  @Column('integer', { name: 'refund_failures' }) refundFailures: number;
  /** Every refused refund, oldest first. */
  @Column('jsonb', { name: 'refund_log' }) refundLog: RefundFailure[];
  /** The fact that asked for the payment. */
  @Column('jsonb', { nullable: true }) cause: Asked | null;
  /** The fact that asked for its return. */
  @Column('jsonb', { name: 'cancellation_cause', nullable: true }) cancellationCause: Asked | null;

  /** Seconds until the provider is asked again; null when nothing is left to ask. */
  nextAttemptInSeconds: number | null = null;
  private statements: Statement[] = [];

  /** A payment that was asked for and is about to be attempted. */
  static request(id: string, asked: OrderPaymentRequested, cause: Asked): Payment {
    const { orderId, amountInCents, currency, paymentMethod: method } = asked;
    return Object.assign(new Payment(), {
      ...{ id, orderId, status: 'pending', version: 1, amountInCents, currency, method, cause },
      ...{ providerReference: null, refundReference: null, declineReason: null, cancellationCause: null },
      ...{ attempts: 1, refundFailures: 0, refundLog: [] },
    });
  }

  /** May the provider's answer about the charge still decide something? */
  get isOpen(): boolean {
    return this.status === 'pending' || this.status === 'authenticating' || this.status === 'cancelling';
  }

  /** Did the shop have the money? */
  private get isCaptured(): boolean {
    return ['captured', 'refunding', 'refund-failed', 'refunded'].includes(this.status);
  }

  /** Refused for the last time: from here on only a person can help. */
  get isGivenUp(): boolean {
    return this.status === 'refund-failed' && this.nextAttemptInSeconds === null;
  }

  /**
   * A refused refund is decided under its key, so the next one needs another; a refund whose outcome is unknown is
   * asked for again under the same.
   */
  get refundKey(): string {
    return this.refundLog.length === 0 ? `refund-${this.id}` : `refund-${this.id}-${this.refundLog.length}`;
  }

  get chargeKey(): string {
    return `charge-${this.id}`;
  }

  copy(): Payment {
    return Object.assign(new Payment(), this, { refundLog: [...this.refundLog], statements: [] });
  }

  /** The facts that became true since the last call. */
  takeStatements(): Statement[] {
    return this.statements.splice(0);
  }

  /**
   * The provider told, or failed to tell, what became of the charge.
   *
   * @returns false when that is old news: two workers may have asked
   */
  settleCharge(outcome: ChargeOutcome, pauses: Pauses): boolean {
    if (outcome.is === 'captured') return this.capture(outcome.reference);
    if (!this.isOpen) return false;
    switch (outcome.is) {
      case 'declined':
      case 'cancelled':
        this.decline(outcome.reason, outcome.reference);
        break;
      case 'authenticating':
        this.awaitCustomer(outcome.reference, pauses);
        break;
      case 'processing':
        this.providerReference = outcome.reference;
        this.lookAgain(pauses);
        break;
      case 'absent':
        if (outcome.certain && this.status === 'cancelling') this.moveTo('cancelled');
        else this.tryAgain(pauses.charge);
        break;
      case 'unresolved':
        this.tryAgain(pauses.charge);
    }
    return true;
  }

  /**
   * Something happened at the provider: only a look tells what it came to. An attempt under way may have looked before,
   * so what it brings counts only if it is final.
   */
  lookAtOnce(): void {
    this.attempts += 1;
    this.nextAttemptInSeconds = 0;
  }

  /**
   * The provider told, or failed to tell, what became of the refund.
   *
   * @returns false when that is old news
   */
  settleRefund(outcome: RefundOutcome, pauses: Pauses, now: Date): boolean {
    if (this.status !== 'refunding' && this.status !== 'refund-failed') return false;
    switch (outcome.is) {
      case 'refunded':
        this.moveTo('refunded');
        this.refundReference = outcome.reference;
        this.state(PaymentRefunded, { ...this.money(), providerReference: outcome.reference });
        break;
      case 'underway':
        this.refundReference = outcome.reference;
        this.lookAgain(pauses);
        break;
      case 'failed':
        this.failRefund(outcome.reason, pauses, now);
        break;
      case 'unresolved':
        this.tryAgain(pauses.refund);
    }
    return true;
  }

  private capture(reference: string): boolean {
    if (this.isCaptured) {
      if (reference !== this.providerReference) throw new ChargedTwice(this.orderId, this.providerReference, reference);
      return false;
    }
    const orderIsOver = this.status === 'cancelling' || this.status === 'cancelled';
    this.moveTo('captured');
    this.providerReference = reference;
    this.state(PaymentCaptured, { ...this.money(), providerReference: reference });
    if (orderIsOver) {
      this.moveTo('refunding', 0);
      this.attempts = 0;
    }
    return true;
  }

  private decline(reason: string, reference?: string): void {
    this.providerReference ??= reference ?? null;
    // No money moved, and nobody waits for the answer any more.
    if (this.status === 'cancelling') return this.moveTo('cancelled');
    this.moveTo('declined');
    this.declineReason = reason;
    this.state(PaymentDeclined, { paymentId: this.id, orderId: this.orderId, reason });
  }

  private awaitCustomer(reference: string, pauses: Pauses): void {
    this.providerReference = reference;
    // Nothing to wait for: the order is over and the open intent can be cancelled now that its id is known.
    if (this.status === 'cancelling') {
      this.nextAttemptInSeconds = 0;
      return;
    }
    if (this.status === 'pending') {
      this.moveTo('authenticating');
      this.attempts = 0;
    }
    this.lookAgain(pauses);
  }

  private failRefund(reason: string, pauses: Pauses, now: Date): void {
    this.refundReference = null;
    this.attempts = 0;
    this.refundFailures += 1;
    this.refundLog.push({ number: this.refundLog.length + 1, at: now.toISOString(), error: reason });
    this.nextAttemptInSeconds = pauses.refund[this.refundFailures - 1] ?? null;
    if (this.status === 'refund-failed') return;
    this.moveTo('refund-failed', this.nextAttemptInSeconds);
    this.state(PaymentRefundFailed, this.refundTrouble());
  }

  /** What is known about a refund that was refused. */
  refundTrouble(): PaymentRefundFailed {
    return { ...this.money(), reason: this.refundLog.at(-1)!.error, attempts: this.refundLog.length };
  }

  private tryAgain(pauses: readonly number[]): void {
    this.nextAttemptInSeconds = pauseAfter(this.attempts, pauses);
  }

  /** The attempt that opened it was no look yet. */
  private lookAgain({ check }: Pauses): void {
    this.nextAttemptInSeconds = pauseAfter(this.attempts + 1, check);
  }

  private money() {
    return {
      paymentId: this.id,
      orderId: this.orderId,
      amountInCents: this.amountInCents!,
      currency: this.currency!,
    };
  }

  private state<T extends object>(event: new () => T, data: T): void {
    const cause = event === PaymentCaptured || event === PaymentDeclined ? this.cause : this.cancellationCause;
    this.statements.push({ event, data, sequence: this.version, cause });
  }

  private moveTo(status: PaymentStatus, nextAttemptInSeconds: number | null = null): void {
    if (!transitions[this.status].includes(status)) throw new IllegalTransition(this.id, this.status, status);
    this.status = status;
    this.version += 1;
    this.nextAttemptInSeconds = nextAttemptInSeconds;
  }
}
