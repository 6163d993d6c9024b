import { type Done, OutsideWork, type Transaction, type WorkSubject } from '@hookshop/messaging';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { Carrier } from '../carrier/carrier.js';
import type { CarrierOutcome } from '../carrier/outcomes.js';
import { aboutShipment, CarrierAnswers, fitting } from '../settlement/carrier-answers.js';
import type { Shipment } from '../shipment.js';
import { ShippingConfig } from '../shipping.config.js';
import { claimShipments } from './claim-shipments.js';

export interface ParcelJob {
  shipment: Shipment;
  /** The carrier's books have what it was asked to book, if that ever arrived. */
  isFindable: boolean;
}

/** Books the parcels of orders at the carrier, and calls off or brings back those of cancelled orders. */
@Injectable()
export class ShipParcels extends OutsideWork<ParcelJob, CarrierOutcome> {
  override readonly name = 'ship-parcels';
  private readonly lookupLagSeconds: number;
  private readonly handedOver = new Map<string, number>();
  private hasBacklog = false;

  constructor(
    config: ShippingConfig,
    private readonly carrier: Carrier,
    private readonly answers: CarrierAnswers,
    private readonly database: Database,
  ) {
    super();
    this.concurrency = config.carrierConcurrency;
    this.leaseSeconds = config.leaseSeconds;
    this.lookupLagSeconds = config.patience.lookupLag;
  }

  /**
   * How many bookings more this process could begin soon. None while shipments wait in the table: those that came first
   * are booked first.
   */
  get room(): number {
    return this.hasBacklog ? 0 : Math.max(0, 2 * this.concurrency - this.handedOver.size);
  }

  /** Takes bookings that were committed with a lease of their own. */
  handOver(shipments: readonly Shipment[]): void {
    const now = performance.now();
    for (const { id } of shipments) this.handedOver.set(id, now);
    this.take(shipments.map((shipment) => ({ shipment, isFindable: false })));
  }

  /** There are bookings for which this process had no room. */
  findBacklog(): void {
    this.hasBacklog = true;
    this.wake();
  }

  protected override async claim(limit: number, leaseSeconds: number): Promise<ParcelJob[]> {
    this.forgetHandedOver(performance.now() - leaseSeconds * 1000);
    const jobs = await claimShipments(this.database, limit, leaseSeconds, this.lookupLagSeconds);
    this.hasBacklog = jobs.length === limit;
    return jobs;
  }

  protected override async perform(job: ParcelJob, signal: AbortSignal): Promise<CarrierOutcome> {
    const { shipment: known } = job;
    this.handedOver.delete(known.id);
    const outcome = fitting(known.status, await this.ask(job, signal));
    this.answers.report({ known, outcome });
    return outcome;
  }

  protected override about({ shipment }: ParcelJob): WorkSubject {
    return aboutShipment(shipment);
  }

  protected override wordFor({ is }: CarrierOutcome): string {
    return is;
  }

  protected override troubleIn(outcome: CarrierOutcome): string | undefined {
    return outcome.is === 'unresolved' ? outcome.error : undefined;
  }

  protected override async settle(done: Done<ParcelJob, CarrierOutcome>[], tx: Transaction): Promise<void> {
    const moved = await this.answers.settle(
      tx,
      done.map(({ job: { shipment: known }, outcome, traceparent }) => ({ known, outcome, traceparent })),
    );
    tx.afterCommit(() => {
      if (moved.some(({ nextAttemptInSeconds }) => nextAttemptInSeconds === 0)) this.wake();
    });
  }

  /** Jobs that waited too long are dropped and claimed again when their lease ends. */
  private forgetHandedOver(before: number): void {
    for (const [id, at] of this.handedOver) {
      if (at >= before) return;
      this.handedOver.delete(id);
    }
  }

  private async ask({ shipment, isFindable }: ParcelJob, signal: AbortSignal): Promise<CarrierOutcome> {
    const { status, carrierId, orderId } = shipment;
    if (status === 'pending') return this.carrier.book(shipment, signal);
    if (status === 'recalling') return this.carrier.bringBack(carrierId!, signal);
    if (carrierId !== null) return this.carrier.cancel(carrierId, signal);
    // Never by asking for the booking again, which could send a parcel for an order that is over.
    const found = await this.carrier.lookUp(orderId, signal);
    if (found.is === 'absent') return { is: 'absent', certain: isFindable };
    return found.is === 'known' && found.parcel.status === 'booked'
      ? this.carrier.cancel(found.parcel.id, signal)
      : found;
  }
}
