import { bytesOfWebhook, WebhookReceived } from '@hookshop/contracts';
import { type Fact, HandlesBatch, type Transaction, Unprocessable } from '@hookshop/messaging';
import { Logger, Metrics } from '@hookshop/observability';
import { Injectable } from '@nestjs/common';
import { ChargePayments } from '../charge-payments/charge-payments.js';
import { PaymentConfig } from '../payment.config.js';
import type { Payment } from '../payment.js';
import { isForAPerson } from '../payment-errors.js';
import { MalformedNews, type News } from '../provider/news.js';
import { readNews } from '../provider/read-news.js';
import { RefundPayments } from '../refund-payments/refund-payments.js';
import { type Hearing, hearNews } from '../settlement/hear-news.js';
import { type Settlement, Settlements } from '../settlement/settlements.js';
import { askedBy } from './asked-by.js';
import { type KnownPayment, selectPayments } from './select-payments.js';

interface Heard {
  fact: Fact<WebhookReceived>;
  /** Undefined: an event that means nothing to the shop. */
  news: News | undefined;
  outcome: Hearing | 'foreign';
}

/**
 * The provider's webhooks lead to the very moves to which its answers lead; whichever comes second changes nothing.
 * Nearly always that is the webhook: a batch of those costs one statement that reads.
 */
@Injectable()
export class SettlePaymentWhenWebhookReceived {
  private readonly pauses;
  private readonly counter;

  constructor(
    config: PaymentConfig,
    private readonly charges: ChargePayments,
    private readonly refunds: RefundPayments,
    private readonly settlements: Settlements,
    private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.pauses = config.pauses;
    this.counter = metrics.counter({
      name: 'provider_webhooks_total',
      help: 'Webhooks of the payment provider by type and by what they were good for (applied, nudged, repeated, ignored, foreign)',
      labelNames: ['type', 'outcome'],
    });
  }

  @HandlesBatch(WebhookReceived, { from: 'beginning', background: true, source: '/gateway/hooks/stripe' })
  async settle(facts: Fact<WebhookReceived>[], tx: Transaction): Promise<void> {
    const heard = facts.filter(({ data }) => data.source === 'stripe').map(hear);
    const payments = await this.find(heard, tx);
    try {
      const settlements = heard.flatMap((one) => this.settlementOf(one, payments));
      if (settlements.length > 0) await this.commit(settlements, tx);
    } catch (error) {
      if (isForAPerson(error)) throw new Unprocessable(error.message, { cause: error });
      throw error;
    }
    tx.afterCommit(() => heard.forEach((one) => this.tell(one)));
  }

  private async find(heard: readonly Heard[], tx: Transaction): Promise<Map<string, KnownPayment>> {
    const news = heard.flatMap((one) => one.news ?? []);
    const orderIds = new Set(news.flatMap(({ orderId }) => orderId ?? []));
    // What was returned by hand has no metadata of ours, and still the id of the payment.
    const references = new Set(news.flatMap(({ orderId, reference }) => (orderId ? [] : (reference ?? []))));
    if (orderIds.size === 0 && references.size === 0) return new Map();
    const payments = new Map<string, KnownPayment>();
    for (const known of await selectPayments(tx, [...orderIds], [...references])) {
      const { orderId, providerReference } = known.payment;
      payments.set(orderId, known);
      if (providerReference !== null) payments.set(providerReference, known);
    }
    return payments;
  }

  private settlementOf(one: Heard, payments: ReadonlyMap<string, KnownPayment>): Settlement[] {
    const { fact, news } = one;
    if (news === undefined) return [];
    const known = payments.get(news.orderId ?? news.reference ?? '');
    if (known === undefined) {
      if (news.orderId !== undefined) throw new Unprocessable(orphaned(news));
      one.outcome = 'foreign';
      return [];
    }
    const { payment, isLeased } = known;
    const move = (current: Payment, overtaken: boolean): boolean => {
      one.outcome = hearNews(current, news, this.pauses, isLeased || overtaken);
      return one.outcome === 'applied' || one.outcome === 'nudged';
    };
    // Settling would lock those that change nothing to find that out.
    return move(payment.copy(), false) ? [{ known: payment, cause: askedBy(fact), move }] : [];
  }

  private async commit(settlements: readonly Settlement[], tx: Transaction): Promise<void> {
    const moved = await this.settlements.settle(tx, settlements);
    tx.afterCommit(() => {
      const due = moved.filter(({ nextAttemptInSeconds }) => nextAttemptInSeconds === 0);
      if (due.some(({ isOpen }) => isOpen)) this.charges.wake();
      if (due.some(({ isOpen }) => !isOpen)) this.refunds.wake();
    });
  }

  private tell({ fact, news, outcome }: Heard): void {
    // Other types are whatever the provider thinks of: they may not become labels.
    this.counter.inc({ type: news?.type ?? 'other', outcome });
    if (news === undefined) return;
    const { webhookId, receiptId } = fact.data;
    const about = { webhookId, receiptId, eventType: news.type, orderId: news.orderId, reference: news.reference };
    if (outcome === 'foreign') {
      this.log.info(
        about,
        "A webhook of the provider has no order id in its metadata: it is about somebody else's payment",
      );
    }
    if (outcome === 'ignored') {
      this.log.warn(
        about,
        'The provider returned money of an order that is not cancelled: cancel it if it shall not be sent',
      );
    }
  }
}

const hear = (fact: Fact<WebhookReceived>): Heard => ({ fact, news: newsIn(fact.data), outcome: 'ignored' });

function newsIn(webhook: WebhookReceived): News | undefined {
  try {
    return readNews(bytesOfWebhook(webhook));
  } catch (error) {
    if (!(error instanceof MalformedNews)) throw error;
    throw new Unprocessable(
      `${error.message}. GET /v1/inbound-webhooks/${webhook.receiptId} shows it; have the provider send snapshot ` +
        'events, and discard this if nothing is missing',
      { cause: error },
    );
  }
}

const orphaned = ({ type, orderId, reference }: News): string =>
  `${type} is about ${reference ?? 'a payment'} of order ${orderId}, of which this shop has no payment. Look it up at the ` +
  'provider: return money nobody asked for; if another shop uses the same account, give it one of its own';
