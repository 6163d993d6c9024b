import {
  type EventClass,
  type OrderConfirmed,
  ShipmentCancelled,
  ShipmentDelivered,
  ShipmentDispatched,
  ShipmentRecalled,
  ShipmentRecallFailed,
  type ShippingAddress,
  type StockLine,
} from '@hookshop/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { CarrierShipment } from './carrier/carrier-shipment.js';
import type { CarrierOutcome } from './carrier/outcomes.js';
import { pauseAfter } from './pauses.js';
import { BookedTwice, IllegalTransition } from './shipment-errors.js';
import { type ShipmentStatus, transitions } from './shipment-status.js';

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

/** What is sent, and to whom. */
export interface Parcel {
  recipient: string;
  address: ShippingAddress;
  items: StockLine[];
}

/** How long the carrier is left alone, in seconds. */
export interface Patience {
  /** After each failure in a row; the last repeats, and is the one after a refusal. */
  retry: readonly number[];
  /** Until a booking that was given up would be in the carrier's books, had it arrived. */
  lookupLag: number;
  /** Until a parcel that nothing is heard of is looked at, and between two such looks. */
  check: number;
}

/** The shipment of one order: booked once, called off or brought back when the order is cancelled. */
@Entity('shipments')
export class Shipment {
  @PrimaryColumn('uuid') id: string;
  @Column('uuid', { name: 'order_id' }) orderId: string;
  @Column('text') status: ShipmentStatus;
  /** Counts the moves; the sequence of the shipment's facts. */
  @Column('integer') version: number;
  /** Null when the order was cancelled before it was confirmed. */
  @Column('jsonb', { nullable: true }) parcel: Parcel | null;
  /** The carrier's id of the parcel, `shp_…`. */
  @Column('text', { name: 'carrier_id', nullable: true }) carrierId: string | null;
  /** Name of the carrier. */
  @Column('text', { nullable: true }) carrier: string | null;
  @Column('text', { name: 'tracking_number', nullable: true }) trackingNumber: string | null;
  /** How often the carrier was asked for something, ever. */
  @Column('integer') attempts: number;
  /** Failures in a row of the present step. */
  @Column('integer') failures: number;
  @Column('text', { name: 'last_error', nullable: true }) lastError: string | null;
  /** The last time the carrier was asked to book; null when it never heard of this shipment. */
  @Column('timestamptz', { name: 'booking_asked_at', nullable: true }) bookingAskedAt: Date | null;
  @Column('timestamptz', { name: 'dispatched_at', nullable: true }) dispatchedAt: Date | null;
  @Column('timestamptz', { name: 'delivered_at', nullable: true }) deliveredAt: Date | null;
  @Column('timestamptz', { name: 'cancelled_at', nullable: true }) cancelledAt: Date | null;
  /** The fact that asked for the shipment. */
  @Column('jsonb', { nullable: true }) cause: Asked | null;
  /** The fact that took it back; once it is there, the order is over. */
  @Column('jsonb', { name: 'cancellation_cause', nullable: true }) cancellationCause: Asked | null;

  /** Seconds until the carrier is asked; null when there is nothing to ask. */
  nextAttemptInSeconds: number | null = null;
  /** Seconds until the carrier is asked how far the parcel is; null when that does not matter. */
  nextLookInSeconds: number | null = null;
  /** Somebody is asking the carrier right now, and what comes next begins when they are done. */
  waitsForAnswer = false;
  private statements: Statement[] = [];

  /** The shipment of an order that was confirmed, about to be booked. */
  static plan(id: string, { orderId, customer, shippingAddress, lines }: OrderConfirmed, cause: Asked): Shipment {
    const items = lines.map(({ sku, quantity }) => ({ sku, quantity }));
    return Object.assign(new Shipment(), {
      ...{ id, orderId, status: 'pending', version: 1, cause, cancellationCause: null },
      parcel: { recipient: customer.name, address: shippingAddress, items },
      ...{ carrierId: null, carrier: null, trackingNumber: null, lastError: null },
      ...{ attempts: 1, failures: 0, bookingAskedAt: null, dispatchedAt: null, deliveredAt: null, cancelledAt: null },
    });
  }

  /** Is there something to ask of the carrier? */
  get isOpen(): boolean {
    return this.status === 'pending' || this.status === 'cancelling' || this.status === 'recalling';
  }

  /** Does the carrier have to move the parcel next, and tell of it? */
  get isWatched(): boolean {
    return this.status === 'booked' || this.status === 'dispatched';
  }

  copy(): Shipment {
    return Object.assign(new Shipment(), this, { statements: [...this.statements] });
  }

  /** The facts that became true since the last call. */
  takeStatements(): Statement[] {
    return this.statements.splice(0);
  }

  /**
   * Its order was cancelled.
   *
   * @param isAsked somebody is asking the carrier about it right now
   * @returns false when that is known
   */
  callOff(cause: Asked, isAsked: boolean, now: Date): boolean {
    if (this.cancellationCause !== null) return false;
    this.cancellationCause = cause;
    if (this.status === 'pending' && this.bookingAskedAt === null) this.cancel(now);
    else if (this.status === 'dispatched') this.moveTo('recalling', 0);
    else if (this.status === 'delivered') this.failRecall();
    else {
      const isBeingBooked = this.status === 'pending' && isAsked;
      this.moveTo('cancelling', 0);
      // It cannot be called off as long as it may be booked a moment later.
      this.waitsForAnswer = isBeingBooked;
    }
    return true;
  }

  /**
   * The carrier told how far the parcel is. Older news than what is known, and news that were told before, change nothing.
   *
   * @param cause of the facts about the parcel's way
   * @returns whether anything is different now
   * @throws BookedTwice
   */
  learn(parcel: CarrierShipment, cause: Asked | null, patience: Patience, now: Date): boolean {
    // Nobody here asked for that: it stays to be booked.
    if (parcel.status === 'cancelled' && this.status !== 'cancelling') return false;
    const isNew = this.recognise(parcel);
    const before = this.version;
    if (parcel.status === 'booked') this.book(isNew, patience);
    else if (parcel.status === 'cancelled') this.cancel(dateOf(parcel.cancelledAt) ?? now);
    else {
      this.dispatch(dateOf(parcel.pickedUpAt) ?? now, cause, patience);
      if (parcel.status === 'delivered') this.deliver(dateOf(parcel.deliveredAt) ?? now, cause);
      else if (parcel.status === 'returning' && this.status === 'recalling') this.recall(parcel.returningAt, now);
    }
    return isNew || this.version > before;
  }

  /**
   * The carrier was asked, and answered or not.
   *
   * @param asked where the shipment was when its attempt began
   * @param overtaken another attempt began meanwhile; it has the say about the next one
   * @returns whether anything is different now
   */
  settle(asked: ShipmentStatus, outcome: CarrierOutcome, overtaken: boolean, patience: Patience, now: Date): boolean {
    const cause = this.cancellationCause ?? this.cause;
    if (outcome.is === 'known' && this.learn(outcome.parcel, cause, patience, now)) return true;
    if (overtaken) return false;
    if (this.isWatched && this.status === asked) return this.settleLook(outcome, patience);
    if (!this.isOpen) return false;
    // What was asked for is not what is wanted any more.
    if (this.status !== asked) this.nextAttemptInSeconds = 0;
    else if (outcome.is === 'absent') this.settleAbsence(outcome.certain, patience, now);
    else this.nextAttemptInSeconds = this.fail(outcome, patience.retry, patience.retry.at(-1)!);
    return true;
  }

  /** The carrier's ids, the first time they are heard. */
  private recognise(parcel: CarrierShipment): boolean {
    if (this.carrierId !== null) {
      if (this.carrierId !== parcel.id) throw new BookedTwice(this.orderId, this.carrierId, parcel.id);
      return false;
    }
    this.carrierId = parcel.id;
    this.carrier = parcel.carrier;
    this.trackingNumber = parcel.trackingNumber;
    return true;
  }

  private book(isNew: boolean, { check }: Patience): void {
    if (this.status === 'pending') this.moveTo('booked', null, check);
    // Nobody knew of it when the order was cancelled.
    else if (isNew && this.status === 'cancelled') this.moveTo('cancelling', 0);
    else if (isNew && this.status === 'cancelling') this.nextAttemptInSeconds = 0;
  }

  private dispatch(at: Date, cause: Asked | null, { check }: Patience): void {
    if (this.dispatchedAt !== null) return;
    this.moveTo('dispatched', null, check);
    this.dispatchedAt = at;
    this.state(ShipmentDispatched, { ...this.told(), dispatchedAt: at.toISOString() }, cause);
    if (this.cancellationCause !== null) this.moveTo('recalling', 0);
  }

  private deliver(at: Date, cause: Asked | null): void {
    if (this.deliveredAt !== null) return;
    this.moveTo('delivered');
    this.deliveredAt = at;
    this.state(ShipmentDelivered, { ...this.told(), deliveredAt: at.toISOString() }, cause);
    if (this.cancellationCause !== null) this.failRecall();
  }

  private cancel(at: Date): void {
    this.moveTo('cancelled');
    if (this.cancelledAt !== null) return;
    this.cancelledAt = at;
    const { id: shipmentId, orderId } = this;
    this.state(ShipmentCancelled, { shipmentId, orderId, cancelledAt: at.toISOString() }, this.cancellationCause);
  }

  private recall(returningAt: string | null, now: Date): void {
    this.moveTo('recalled');
    const recalledAt = returningAt ?? now.toISOString();
    this.state(ShipmentRecalled, { ...this.told(), recalledAt }, this.cancellationCause);
  }

  private failRecall(): void {
    this.moveTo('recall-failed');
    this.state(ShipmentRecallFailed, { ...this.told(), reason: 'already_delivered' }, this.cancellationCause);
  }

  private settleAbsence(certain: boolean, { lookupLag }: Patience, now: Date): void {
    if (certain) this.cancel(now);
    else this.nextAttemptInSeconds = lookupLag;
  }

  /** The parcel is where it was, or nobody knows. */
  private settleLook(outcome: CarrierOutcome, { retry, check }: Patience): true {
    if (outcome.is === 'known') Object.assign(this, { failures: 0, lastError: null, nextLookInSeconds: check });
    else this.nextLookInSeconds = this.fail(outcome, retry, check);
    return true;
  }

  /** @returns the seconds until the carrier is asked again */
  private fail(outcome: CarrierOutcome, retry: readonly number[], afterRefusal: number): number {
    this.failures += 1;
    this.lastError = 'error' in outcome ? outcome.error : 'The carrier did not do what it was asked';
    return outcome.is === 'refused' ? afterRefusal : pauseAfter(this.failures, retry);
  }

  private told() {
    const { id: shipmentId, orderId, carrier, trackingNumber } = this;
    return { shipmentId, orderId, carrier: carrier!, trackingNumber: trackingNumber! };
  }

  private state<T extends object>(event: new () => T, data: T, cause: Asked | null): void {
    this.statements.push({ event, data, sequence: this.version, cause });
  }

  private moveTo(status: ShipmentStatus, nextAttemptInSeconds: number | null = null, nextLook: number | null = null) {
    if (!transitions[this.status].includes(status)) throw new IllegalTransition(this.id, this.status, status);
    this.status = status;
    this.version += 1;
    this.failures = 0;
    this.lastError = null;
    this.nextAttemptInSeconds = nextAttemptInSeconds;
    this.nextLookInSeconds = nextLook;
    this.waitsForAnswer = false;
  }
}

const dateOf = (time: string | null): Date | null => (time === null ? null : new Date(time));
