import { Injectable } from '@nestjs/common';
import { type Done, OutsideWork, type Transaction, type WorkSubject } from '@hookshop/messaging';
import { Database } from '@hookshop/persistence';
import { PaymentConfig } from '../payment.config.js';
import type { Payment } from '../payment.js';
import { type ChargeOutcome, isFinal } from '../provider/outcomes.js';
import { PaymentProvider } from '../provider/payment-provider.js';
import { RefundPayments } from '../refund-payments/refund-payments.js';
import { Settlements } from '../settlement/settlements.js';
import { claimCharges } from './claim-charges.js';

export interface ChargeJob {
  payment: Payment;
  /** The provider may have forgotten the idempotency key: what was charged under it must be looked up first. */
  keyIsOld: boolean;
  /** So long after the last charge the provider's search knows of it, if it ever arrived. */
  isFindable: boolean;
}

/** The provider keeps idempotency keys "at least 24 hours". */
const KEY_SECONDS = 23 * 60 * 60;
/** An outcome that stays unknown under its key may stay so as long as the key: it is looked up as well. */
const LOOK_UP_AFTER_ATTEMPTS = 3;

/** Takes the money of orders, follows payments the customer has to authenticate, and closes those of cancelled orders. */
@Injectable()
export class ChargePayments extends OutsideWork<ChargeJob, ChargeOutcome> {
  override readonly name = 'charge-payments';
  private readonly pauses;
  private readonly handedOver = new Map<string, number>();
  private hasBacklog = false;

  constructor(
    private readonly config: PaymentConfig,
    private readonly provider: PaymentProvider,
    private readonly refunds: RefundPayments,
    private readonly settlements: Settlements,
    private readonly database: Database,
  ) {
    super();
    this.concurrency = config.stripeConcurrency;
    this.leaseSeconds = config.leaseSeconds;
    this.pauses = config.pauses;
  }

  /**
   * How many charges more this process could begin soon. None while charges wait in the table: those that came first
   * are done first.
   */
  get room(): number {
    return this.hasBacklog ? 0 : Math.max(0, 2 * this.concurrency - this.handedOver.size);
  }

  /** Takes charges that were committed with a lease of their own. */
  handOver(payments: readonly Payment[]): void {
    const now = performance.now();
    for (const { id } of payments) this.handedOver.set(id, now);
    this.take(payments.map((payment) => ({ payment, keyIsOld: false, isFindable: false })));
  }

  /** There are charges for which this process had no room. */
  findBacklog(): void {
    this.hasBacklog = true;
    this.wake();
  }

  protected override async claim(limit: number, leaseSeconds: number): Promise<ChargeJob[]> {
    this.forgetHandedOver(performance.now() - leaseSeconds * 1000);
    const { stripeSearchLagSeconds: searchLagSeconds } = this.config;
    const jobs = await claimCharges(this.database, { limit, leaseSeconds, keySeconds: KEY_SECONDS, searchLagSeconds });
    this.hasBacklog = jobs.length === limit;
    return jobs;
  }

  protected override async perform(job: ChargeJob, signal: AbortSignal): Promise<ChargeOutcome> {
    const { payment } = job;
    this.handedOver.delete(payment.id);
    return this.ask(job, signal);
  }

  protected override about({ payment }: ChargeJob): WorkSubject {
    const { id: paymentId, orderId, attempts: attempt, status } = payment;
    const cause = status === 'cancelling' ? payment.cancellationCause : payment.cause;
    return { ids: { paymentId, orderId }, attempt, correlationId: orderId, traceparent: cause?.traceparent };
  }

  protected override wordFor({ is }: ChargeOutcome): string {
    return is;
  }

  protected override troubleIn(outcome: ChargeOutcome): string | undefined {
    return outcome.is === 'unresolved' ? outcome.error : undefined;
  }

  protected override async settle(done: Done<ChargeJob, ChargeOutcome>[], tx: Transaction): Promise<void> {
    const moved = await this.settlements.settle(
      tx,
      done.map(({ job, outcome, traceparent }) => ({
        known: job.payment,
        traceparent,
        move: (payment, overtaken) => (!overtaken || isFinal(outcome)) && payment.settleCharge(outcome, this.pauses),
      })),
    );
    tx.afterCommit(() => {
      if (moved.some(({ status }) => status === 'refunding')) this.refunds.wake();
      if (moved.some(({ isOpen, nextAttemptInSeconds }) => isOpen && nextAttemptInSeconds === 0)) this.wake();
    });
  }

  /** Jobs that waited too long are dropped and claimed again when their lease ends. */
  private forgetHandedOver(before: number): void {
    for (const [id, at] of this.handedOver) {
      if (at >= before) return;
      this.handedOver.delete(id);
    }
  }

  private async ask({ payment, keyIsOld, isFindable }: ChargeJob, signal: AbortSignal): Promise<ChargeOutcome> {
    const { status, providerReference: reference, orderId, attempts } = payment;
    if (status === 'cancelling') {
      if (reference !== null) return this.provider.cancel(reference, signal);
      // Never by asking for the charge again, which could take money for an order that is over.
      const found = await this.provider.lookUp(orderId, signal);
      return found === undefined ? { is: 'absent', certain: isFindable } : this.close(found, signal);
    }
    if (reference !== null) return this.closeDeclined(await this.provider.look(reference, signal), signal);
    if (keyIsOld || attempts > LOOK_UP_AFTER_ATTEMPTS) {
      const found = await this.provider.lookUp(orderId, signal);
      // As long as the key is good the charge itself tells, and search may be what does not work.
      if (found !== undefined && (keyIsOld || found.is !== 'unresolved')) return this.closeDeclined(found, signal);
    }
    return this.provider.charge(payment, signal);
  }

  /** A customer who failed to authenticate could try again on a page still open, and pay for an order that is over. */
  private async closeDeclined(outcome: ChargeOutcome, signal: AbortSignal): Promise<ChargeOutcome> {
    if (outcome.is !== 'declined') return outcome;
    const closed = await this.close(outcome, signal);
    return closed.is === 'cancelled' ? outcome : closed;
  }

  private async close(outcome: ChargeOutcome, signal: AbortSignal): Promise<ChargeOutcome> {
    const isOpen = outcome.is === 'authenticating' || outcome.is === 'processing' || outcome.is === 'declined';
    return isOpen && outcome.reference ? this.provider.cancel(outcome.reference, signal) : outcome;
  }
}
