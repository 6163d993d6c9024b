import { Injectable } from '@nestjs/common';
import type { EventClass } from '@hookshop/contracts';
import { PaymentCaptured, PaymentDeclined, PaymentRefunded, PaymentRefundFailed } from '@hookshop/contracts';
import type { Transaction } from '@hookshop/messaging';
import { Metrics } from '@hookshop/observability';
import { In } from 'typeorm';
import { type Asked, Payment } from '../payment.js';
import { type Update, updatePayments } from './update-payments.js';

export interface Settlement {
  /** As it was when its attempt began. */
  known: Payment;
  /**
   * Applies what the attempt brought.
   *
   * @param overtaken another attempt began or ended meanwhile
   * @returns whether anything is different now
   */
  move(payment: Payment, overtaken: boolean): boolean;
  /** The fact that told of it, if the provider was not asked. */
  cause?: Asked;
  /** The span of the attempt, if it is recorded. */
  traceparent?: string | undefined;
}

const outcomes = new Map<EventClass, string>([
  [PaymentCaptured, 'captured'],
  [PaymentDeclined, 'declined'],
  [PaymentRefunded, 'refunded'],
  [PaymentRefundFailed, 'refund-failed'],
]);

/** Commits what attempts brought, with the facts that became true by it. */
@Injectable()
export class Settlements {
  private readonly counter;

  constructor(metrics: Metrics) {
    this.counter = metrics.counter({
      name: 'payments_total',
      help: 'Payments by what became of them; one that was returned is counted as captured and as refunded',
      labelNames: ['outcome'],
    });
  }

  /**
   * The state that payments had when they were attempted is taken for granted first: one statement for all. Those that
   * were moved meanwhile, by a cancellation or another attempt, are read again under their lock and moved from where
   * they are now.
   *
   * @returns the payments that are different now
   */
  async settle(tx: Transaction, settlements: readonly Settlement[]): Promise<Payment[]> {
    const byId = new Map<string, Settlement>();
    // A payment whose lease ended under an attempt may be here twice.
    const copies = settlements.filter((settlement) => {
      if (byId.has(settlement.known.id)) return true;
      byId.set(settlement.known.id, settlement);
      return false;
    });
    const moved = await this.settleOnce(tx, byId);
    if (copies.length > 0) moved.push(...(await this.settle(tx, copies)));
    return moved;
  }

  private async settleOnce(tx: Transaction, settlements: ReadonlyMap<string, Settlement>): Promise<Payment[]> {
    const expected = [...settlements.values()].flatMap(({ known, move }) => moveCopy(known, move, false));
    const stored = await updatePayments(tx, expected);
    const moved = expected.filter(({ payment }) => stored.has(payment.id));

    const overtaken = [...settlements.keys()].filter((id) => !stored.has(id));
    if (overtaken.length > 0) {
      const current = await tx.manager.find(Payment, {
        where: { id: In(overtaken) },
        order: { orderId: 'ASC' },
        lock: { mode: 'pessimistic_write' },
      });
      const again = current.flatMap((now) => {
        const { known, move } = settlements.get(now.id)!;
        return moveCopy(now, move, now.attempts !== known.attempts);
      });
      if (again.length > 0) await updatePayments(tx, again);
      moved.push(...again);
    }

    const payments = moved.map(({ payment }) => payment);
    for (const payment of payments) this.stateFacts(tx, payment, settlements.get(payment.id)!);
    return payments;
  }

  private stateFacts(tx: Transaction, payment: Payment, { cause: told, traceparent: attempt }: Settlement): void {
    for (const { event, data, sequence, cause: asked } of payment.takeStatements()) {
      const cause = told ?? asked;
      // One order, one trace, whoever was first to tell how it went on.
      const traceparent = attempt ?? asked?.traceparent;
      const options = { subject: payment.id, sequence, correlationId: payment.orderId, traceparent };
      tx.publish(event, data, cause === null ? options : { ...options, cause });
      tx.afterCommit(() => this.counter.inc({ outcome: outcomes.get(event)! }));
    }
  }
}

/** The original stays as it is: a settlement that fails is done again from there. */
function moveCopy(known: Payment, move: Settlement['move'], overtaken: boolean): Update[] {
  const payment = known.copy();
  return move(payment, overtaken) ? [{ payment, known }] : [];
}
