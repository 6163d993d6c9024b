import { contractOf, PaymentRefundFailed } from '@hookshop/contracts';
import {
  buryOutsideWork,
  type Done,
  type Fact,
  OutsideWork,
  Redriver,
  type Transaction,
  type WorkSubject,
} from '@hookshop/messaging';
import { Metrics } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { PaymentConfig } from '../payment.config.js';
import type { Payment } from '../payment.js';
import { isFinal, type RefundOutcome } from '../provider/outcomes.js';
import { PaymentProvider } from '../provider/payment-provider.js';
import { Settlements } from '../settlement/settlements.js';
import { claimRefunds } from './claim-refunds.js';
import { tryRefundAgain } from './try-refund-again.js';

/** Its dead letters lie with those of the reactions. */
const DEAD_LETTERS = 'payment-refund-payments';

/** Returns the money of cancelled orders, until the provider has done it or a person is needed. */
@Injectable()
export class RefundPayments extends OutsideWork<Payment, RefundOutcome> implements OnModuleInit {
  override readonly name = 'refund-payments';
  private readonly pauses;
  private readonly givenUp;

  constructor(
    config: PaymentConfig,
    private readonly provider: PaymentProvider,
    private readonly settlements: Settlements,
    private readonly database: Database,
    private readonly redriver: Redriver,
    metrics: Metrics,
  ) {
    super();
    this.concurrency = config.stripeConcurrency;
    this.leaseSeconds = config.leaseSeconds;
    this.pauses = config.pauses;
    this.givenUp = metrics.counter({
      name: 'payment_refunds_given_up_total',
      help: 'Refunds the provider refused for the last time: dead letters, a person has to look',
    });
  }

  onModuleInit(): void {
    this.redriver.register(DEAD_LETTERS, async ({ subject }, tx) => {
      await tryRefundAgain(tx, subject);
      tx.afterCommit(() => this.wake());
    });
  }

  protected override claim(limit: number, leaseSeconds: number): Promise<Payment[]> {
    return claimRefunds(this.database, limit, leaseSeconds);
  }

  protected override perform(payment: Payment, signal: AbortSignal): Promise<RefundOutcome> {
    const { refundReference } = payment;
    return refundReference === null
      ? this.provider.refund(payment, signal)
      : this.provider.lookAtRefund(refundReference, signal);
  }

  protected override about(payment: Payment): WorkSubject {
    const { id: paymentId, orderId, attempts: attempt, cancellationCause } = payment;
    return {
      ids: { paymentId, orderId },
      attempt,
      correlationId: orderId,
      traceparent: cancellationCause?.traceparent,
    };
  }

  protected override wordFor({ is }: RefundOutcome): string {
    return is;
  }

  protected override troubleIn(outcome: RefundOutcome): string | undefined {
    if (outcome.is === 'unresolved') return outcome.error;
    return outcome.is === 'failed' ? outcome.reason : undefined;
  }

  protected override async settle(done: Done<Payment, RefundOutcome>[], tx: Transaction): Promise<void> {
    const now = new Date();
    const moved = await this.settlements.settle(
      tx,
      done.map(({ job, outcome, traceparent }) => ({
        known: job,
        traceparent,
        move: (payment, overtaken) =>
          (!overtaken || isFinal(outcome)) && payment.settleRefund(outcome, this.pauses, now),
      })),
    );
    for (const payment of moved.filter(({ isGivenUp }) => isGivenUp)) await this.giveUp(payment, tx, now);
  }

  /** Never forgotten: an operator finds it, mends the cause and has it tried again. */
  private async giveUp(payment: Payment, tx: Transaction, now: Date): Promise<void> {
    const trouble = payment.refundTrouble();
    await buryOutsideWork(tx, DEAD_LETTERS, deadRefund(payment, trouble, now), trouble.reason, payment.refundLog);
    tx.afterCommit(() => {
      this.givenUp.inc();
      this.log.error(trouble, 'The provider refused to return the money of an order for the last time');
    });
  }
}

const deadRefund = (payment: Payment, data: PaymentRefundFailed, now: Date): Fact<PaymentRefundFailed> => ({
  id: uuidv7(),
  type: contractOf(PaymentRefundFailed).type,
  source: '/payment',
  subject: payment.id,
  sequence: payment.version,
  time: now.toISOString(),
  correlationId: payment.orderId,
  ...(payment.cancellationCause && {
    causationId: payment.cancellationCause.id,
    traceparent: payment.cancellationCause.traceparent,
  }),
  streamSequence: 0,
  data,
});
