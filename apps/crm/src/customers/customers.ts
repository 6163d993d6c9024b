import { CustomerRegistered, CustomerSegmentChanged, type Customer as OrderingCustomer } from '@hookshop/contracts';
import type { Fact, Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { CrmConfig } from '../crm.config.js';
import { emailKeyOf, segmentOf } from '../customer.js';
import { changeSegments } from './change-segments.js';
import { linkInteractions } from './link-interactions.js';
import { noteOf, spansOf } from './note.js';
import { recordChanges, type OrderChange } from './record-changes.js';
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

/** What a fact tells of its order. */
type Telling = Omit<OrderChange, 'orderId' | 'first' | 'last'>;

type DetailOf<T> = (data: T) => Record<string, unknown>;

/**
 * What is known of customers, fact by fact. Facts of one order come through several reactions and so in any order; all
 * of them together lead to the same state, whichever came first.
 */
@Injectable()
export class Customers {
  constructor(private readonly config: CrmConfig) {}

  /**
   * @param says what this kind of fact says of its order. Said once, it holds: a cancelled order is never confirmed again
   * @param detailOf what to keep of a fact among the interactions
   */
  hearOfOrders<T extends OrderFact>(
    facts: readonly Fact<T>[],
    tx: Transaction,
    says: Pick<OrderChange, 'confirmed' | 'cancelled'>,
    detailOf: DetailOf<T>,
  ): Promise<void> {
    const tell = ({ customer: { email, name } }: T): Telling => ({
      ...says,
      customer: { emailKey: emailKeyOf(email), email, name },
    });
    return this.record(facts, tx, tell, detailOf);
  }

  /** @param flow what happened to the money */
  hearOfPayments<T extends PaymentFact>(
    facts: readonly Fact<T>[],
    tx: Transaction,
    flow: 'capturedInCents' | 'refundedInCents',
    detailOf: DetailOf<T>,
  ): Promise<void> {
    const tell = ({ amountInCents, currency }: T): Telling => ({
      [flow]: currency === this.config.lifetimeValueCurrency ? amountInCents : 0,
    });
    return this.record(facts, tx, tell, detailOf);
  }

  private async record<T extends { orderId: string }>(
    facts: readonly Fact<T>[],
    tx: Transaction,
    tell: (data: T) => Telling,
    detailOf: DetailOf<T>,
  ): Promise<void> {
    const notes = facts.map((fact) => noteOf(fact, detailOf(fact.data)));
    const spans = spansOf(notes);
    const changes = new Map<string, OrderChange>();
    const byOrder = new Map<string, Fact<T>>();
    for (const fact of facts) {
      const { orderId } = fact.data;
      changes.set(orderId, together(changes.get(orderId), { orderId, ...spans.get(orderId)!, ...tell(fact.data) }));
      byOrder.set(orderId, fact);
    }
    const touched = await recordChanges(tx, [...changes.values()], notes);

    const late = touched.filter(({ lateOrderIds }) => lateOrderIds.length > 0);
    if (late.length > 0) await linkInteractions(tx, late);
    for (const { id, email, name, version, orderIds } of touched.filter(({ registered }) => registered)) {
      const cause = byOrder.get(orderIds[0]!);
      tx.publish(CustomerRegistered, { customerId: id, email, name }, { subject: id, sequence: version, cause });
    }
    await this.changeSegments(touched, byOrder, tx);
  }

  private async changeSegments(
    touched: readonly TouchedCustomer[],
    byOrder: ReadonlyMap<string, Fact<unknown>>,
    tx: Transaction,
  ): Promise<void> {
    const changes = touched
      .map((customer) => ({ ...customer, becomes: segmentOf(customer, this.config.vipThresholdInCents) }))
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
}

/** Two facts of one kind about one order, told in one batch. */
const together = (before: OrderChange | undefined, change: OrderChange): OrderChange => ({
  ...change,
  capturedInCents: (before?.capturedInCents ?? 0) + (change.capturedInCents ?? 0),
  refundedInCents: (before?.refundedInCents ?? 0) + (change.refundedInCents ?? 0),
});
