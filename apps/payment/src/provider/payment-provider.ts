import { Injectable } from '@nestjs/common';
import { Logger, Metrics } from '@hookshop/observability';
import { Stripe } from 'stripe';
import type { Payment } from '../payment.js';
import type { ChargeOutcome, RefundOutcome } from './outcomes.js';
import { type Failure, readFailure, readIntent, readRefund } from './read-answers.js';

type Answer<T> = { is: 'given'; value: T } | Failure;

/** What the shop asks of its payment provider, and what the answers mean. Never called with a transaction open. */
@Injectable()
export class PaymentProvider {
  private readonly latency;

  constructor(
    private readonly stripe: Stripe,
    private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.latency = metrics.histogram({
      name: 'payment_provider_request_seconds',
      help: 'Time the payment provider took to answer, by operation and answer',
      labelNames: ['operation', 'answer'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    });
  }

  /** Takes the money, once however often it is asked. */
  async charge(payment: Payment, signal: AbortSignal): Promise<ChargeOutcome> {
    const answer = await this.ask('charge', signal, () =>
      this.stripe.paymentIntents.create(
        {
          amount: payment.amountInCents!,
          currency: payment.currency!.toLowerCase(),
          payment_method: payment.method!,
          confirm: true,
          // The customer's bank may ask for authentication; ways to pay that leave the shop's page are not offered.
          automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
          metadata: { orderId: payment.orderId, paymentId: payment.id },
        },
        { idempotencyKey: payment.chargeKey },
      ),
    );
    if (answer.is === 'given') return readIntent(answer.value);
    if (answer.is !== 'refused') return answer;
    this.log.error(
      { paymentId: payment.id, code: answer.code, reason: answer.message },
      'The provider can never take this payment; it is declined',
    );
    return { is: 'declined', reason: 'invalid_request' };
  }

  async look(reference: string, signal: AbortSignal): Promise<ChargeOutcome> {
    const answer = await this.ask('look', signal, () => this.stripe.paymentIntents.retrieve(reference));
    return answer.is === 'given' ? readIntent(answer.value) : unresolved(answer);
  }

  /**
   * Finds the payment of an order whose id at the provider is not known. Search lags behind: what it finds is looked
   * at again, and what it does not find may still exist.
   */
  async lookUp(orderId: string, signal: AbortSignal): Promise<ChargeOutcome | undefined> {
    const answer = await this.ask('look-up', signal, () =>
      this.stripe.paymentIntents.search({ query: `metadata['orderId']:'${orderId}'`, limit: 100 }),
    );
    if (answer.is !== 'given') return unresolved(answer);
    const found = answer.value.data;
    const paid = found.filter(({ status }) => status === 'succeeded');
    if (paid.length > 1) {
      this.log.error({ orderId, intents: paid.map(({ id }) => id) }, 'The provider took the money of an order twice');
    }
    const best = paid[0] ?? found.find(isUndecided) ?? found[0];
    return best && this.look(best.id, signal);
  }

  /** Closes an open intent, so that no money can move any more; tells what it is when it is closed already. */
  async cancel(reference: string, signal: AbortSignal): Promise<ChargeOutcome> {
    const answer = await this.ask('cancel', signal, () => this.stripe.paymentIntents.cancel(reference));
    if (answer.is === 'given') return readIntent(answer.value);
    return answer.is === 'refused' ? this.look(reference, signal) : unresolved(answer);
  }

  /** Returns the money, once however often it is asked under one key. */
  async refund(payment: Payment, signal: AbortSignal): Promise<RefundOutcome> {
    const reference = payment.providerReference!;
    const answer = await this.ask('refund', signal, () =>
      this.stripe.refunds.create(
        { payment_intent: reference, metadata: { orderId: payment.orderId, paymentId: payment.id } },
        { idempotencyKey: payment.refundKey },
      ),
    );
    if (answer.is === 'given') return readRefund(answer.value);
    if (answer.is === 'unresolved') return unresolved(answer);
    // Done by an attempt whose answer was lost so long ago that its key is forgotten, or by hand.
    if (answer.is === 'refused' && answer.code === 'charge_already_refunded') return this.findRefund(reference, signal);
    return { is: 'failed', reason: answer.is === 'declined' ? answer.reason : answer.code };
  }

  async lookAtRefund(reference: string, signal: AbortSignal): Promise<RefundOutcome> {
    const answer = await this.ask('look-at-refund', signal, () => this.stripe.refunds.retrieve(reference));
    return answer.is === 'given' ? readRefund(answer.value) : unresolved(answer);
  }

  private async findRefund(payment: string, signal: AbortSignal): Promise<RefundOutcome> {
    const answer = await this.ask('find-refund', signal, () =>
      this.stripe.refunds.list({ payment_intent: payment, limit: 100 }),
    );
    if (answer.is !== 'given') return unresolved(answer);
    const refunds = answer.value.data.map(readRefund);
    return (
      refunds.find(({ is }) => is === 'refunded') ??
      refunds.find(({ is }) => is === 'underway') ?? {
        is: 'unresolved',
        error: `${payment} is refunded already, but no refund of it was found`,
      }
    );
  }

  private async ask<T>(operation: string, signal: AbortSignal, call: () => Promise<T>): Promise<Answer<T>> {
    const end = this.latency.startTimer({ operation });
    const answer = await this.answerOf(signal, call);
    end({ answer: answer.is });
    if (answer.is === 'unresolved' && answer.operator) {
      this.log.error({ operation, reason: answer.error }, 'The payment provider does not accept our API key');
    }
    return answer;
  }

  private async answerOf<T>(signal: AbortSignal, call: () => Promise<T>): Promise<Answer<T>> {
    try {
      return { is: 'given', value: await orGiveUp(call(), signal) };
    } catch (error) {
      if (error === signal.reason) return { is: 'unresolved', error: 'No answer came while there was time for it' };
      const failure = readFailure(error);
      if (failure === undefined) throw error;
      return failure;
    }
  }
}

const isUndecided = ({ status }: Stripe.PaymentIntent): boolean =>
  status === 'requires_action' || status === 'processing';

/** Where only an answer counts, a refusal tells as little as silence. */
const unresolved = (failure: Failure): { is: 'unresolved'; error: string } => ({
  is: 'unresolved',
  error: failure.is === 'unresolved' ? failure.error : failure.is === 'refused' ? failure.message : failure.reason,
});

/** The SDK's timeout starts again with every byte; this one does not. */
function orGiveUp<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    call.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
