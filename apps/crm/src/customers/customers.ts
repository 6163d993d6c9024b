import {
  CustomerRegistered,
  CustomerSegmentChanged,
  type Customer as OrderingCustomer,
  type Segment,
} from '@hookshop/contracts';
import type { Fact, Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { CrmConfig } from '../crm.config.js';
import { emailKeyOf, segmentOf } from '../customer.js';
import { changeSegments } from './change-segments.js';
import { linkInteractions } from './link-interactions.js';
import { noteOf, spansOf, type Note } from './note.js';
import { recordOrders } from './record-orders.js';
import { recordPayments, type PaymentChange } from './record-payments.js';
import type { TouchedCustomer } from './touched-customer.js';

interface OrderFact {
  orderId: string;
  customer: OrderingCustomer;
}

interface PaymentFact {
  orderId: string;
  amountInCents: number;
  currency: string;
}

/** What a kind of fact says of its order. Said once, it holds: a cancelled order is not confirmed any more. */
interface Says {
  confirmed?: boolean;
  cancelled?: boolean;
}

/**
 * What is known of customers, fact by fact. Facts of one order come through several reactions and so in any order; all
 * of them together lead to the same state, whichever came first.
 */
@Injectable()
export class Customers {
  constructor(private readonly config: CrmConfig) {}

  /** @param detailOf what to keep of a fact among the interactions */
  async hearOfOrders<T extends OrderFact>(
    facts: readonly Fact<T>[],
    tx: Transaction,
    { confirmed = false, cancelled = false }: Says,
    detailOf: (data: T) => Record<string, unknown>,
  ): Promise<void> {
    const notes = facts.map((fact) => noteOf(fact, detailOf(fact.data)));
    const byOrder = new Map(facts.map((fact) => [fact.data.orderId, fact]));
    const changes = [...spansOf(notes)].map(([orderId, span]) => {
      const { email, name } = byOrder.get(orderId)!.data.customer;
      return { orderId, emailKey: emailKeyOf(email), email, name, confirmed, cancelled, ...span };
    });
    const touched = await recordOrders(tx, changes, notes);

    const late = touched.flatMap(({ lateOrderIds }) => lateOrderIds);
    if (late.length > 0) await linkInteractions(tx, late);
    for (const { id, email, name, version, orderIds } of touched.filter(({ registered }) => registered)) {
      const cause = byOrder.get(orderIds[0]!);
      tx.publish(CustomerRegistered, { customerId: id, email, name }, { subject: id, sequence: version, cause });
    }
    await this.changeSegments(touched, byOrder, tx);
  }

  async hearOfPayments<T extends PaymentFact>(
    facts: readonly Fact<T>[],
    tx: Transaction,
    flow: 'captured' | 'refunded',
    detailOf: (data: T) => Record<string, unknown>,
  ): Promise<void> {
    const notes = facts.map((fact) => noteOf(fact, detailOf(fact.data)));
    const touched = await recordPayments(tx, this.sums(facts, notes, flow), notes);
    await this.changeSegments(touched, new Map(facts.map((fact) => [fact.data.orderId, fact])), tx);
  }

  private sums(
    facts: readonly Fact<PaymentFact>[],
    notes: readonly Note[],
    flow: 'captured' | 'refunded',
  ): PaymentChange[] {
    const sums = new Map<string, number>();
    for (const { data } of facts) {
      const counted = data.currency === this.config.lifetimeValueCurrency ? data.amountInCents : 0;
      sums.set(data.orderId, (sums.get(data.orderId) ?? 0) + counted);
    }
    return [...spansOf(notes)].map(([orderId, span]) => ({
      orderId,
      capturedInCents: flow === 'captured' ? sums.get(orderId)! : 0,
      refundedInCents: flow === 'refunded' ? sums.get(orderId)! : 0,
      ...span,
    }));
  }

  private async changeSegments(
    touched: readonly TouchedCustomer[],
    byOrder: ReadonlyMap<string, Fact<unknown>>,
    tx: Transaction,
  ): Promise<void> {
    const changes = touched
      .map((customer) => ({ ...customer, becomes: this.segmentOf(customer) }))
      .filter(({ segment, becomes }) => segment !== becomes);
    if (changes.length === 0) return;
    await changeSegments(
      tx,
      changes.map(({ id, becomes }) => ({ id, segment: becomes })),
    );
    for (const { id, segment, becomes, version, orderIds } of changes) {
      tx.publish(
        CustomerSegmentChanged,
        { customerId: id, previousSegment: segment, segment: becomes },
        { subject: id, sequence: version + 1, cause: byOrder.get(orderIds.at(-1)!) },
      );
    }
  }

  private segmentOf(customer: TouchedCustomer): Segment {
    return segmentOf(customer, this.config.vipThresholdInCents);
  }
}
