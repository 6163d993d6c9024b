import { OutsideWork, type Transaction } from '@hookshop/messaging';
import { Metrics } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { Carrier } from '../carrier/carrier.js';
import type { CarrierStatus } from '../carrier/carrier-shipment.js';
import type { CarrierOutcome } from '../carrier/outcomes.js';
import { Settlements } from '../settlement/settlements.js';
import type { Shipment } from '../shipment.js';
import type { ShipmentStatus } from '../shipment-status.js';
import { ShippingConfig } from '../shipping.config.js';
import { claimShipments } from './claim-shipments.js';

export interface ParcelJob {
  shipment: Shipment;
  /** The carrier's books have what it was asked to book, if that ever arrived. */
  isFindable: boolean;
}

/** What a parcel can be when the carrier has done what a shipment waits for, or is too late for it. */
const answers: Partial<Record<ShipmentStatus, readonly CarrierStatus[]>> = {
  pending: ['booked', 'picked_up', 'delivered'],
  cancelling: ['cancelled', 'picked_up', 'delivered', 'returning'],
  recalling: ['returning', 'delivered'],
};

/** Books the parcels of orders at the carrier, and calls off or brings back those of cancelled orders. */
@Injectable()
export class ShipParcels extends OutsideWork<ParcelJob, CarrierOutcome> {
  override readonly name = 'ship-parcels';
  private readonly patience;
  private readonly refusals;
  private readonly handedOver = new Map<string, number>();
  private hasBacklog = false;

  constructor(
    config: ShippingConfig,
    private readonly carrier: Carrier,
    private readonly settlements: Settlements,
    private readonly database: Database,
    metrics: Metrics,
  ) {
    super();
    this.concurrency = config.carrierConcurrency;
    this.leaseSeconds = config.leaseSeconds;
    this.patience = config.patience;
    this.refusals = metrics.counter({
      name: 'carrier_refusals_total',
      help: 'Times the carrier would not do what it was asked, by what a shipment waited for: a person has to look',
      labelNames: ['status'],
    });
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
    const jobs = await claimShipments(this.database, limit, leaseSeconds, this.patience.lookupLag);
    this.hasBacklog = jobs.length === limit;
    return jobs;
  }

  protected override async perform(job: ParcelJob, signal: AbortSignal): Promise<CarrierOutcome> {
    const { id: shipmentId, orderId, status, attempts: attempt } = job.shipment;
    this.handedOver.delete(shipmentId);
    const outcome = fitting(status, await this.ask(job, signal));
    const about = { shipmentId, orderId, status, attempt };
    if (outcome.is === 'unresolved') {
      this.log.warn({ ...about, reason: outcome.error }, 'The carrier gave no answer to go by; it is asked again');
    }
    if (outcome.is === 'refused') {
      this.refusals.inc({ status });
      this.log.error(
        { ...about, reason: outcome.reason },
        'The carrier will not do what it was asked: GET /shipments?orderId= tells why, settle it with the carrier',
      );
    }
    return outcome;
  }

  protected override async settle(done: { job: ParcelJob; outcome: CarrierOutcome }[], tx: Transaction): Promise<void> {
    const now = new Date();
    const moved = await this.settlements.settle(
      tx,
      done.map(({ job: { shipment: known }, outcome }) => ({
        known,
        move: (shipment, overtaken) => shipment.settle(known.status, outcome, overtaken, this.patience, now),
      })),
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

/** An answer that does not fit the question is none: somebody else moved the parcel at the carrier. */
function fitting(status: ShipmentStatus, outcome: CarrierOutcome): CarrierOutcome {
  if (outcome.is !== 'known' || answers[status]!.includes(outcome.parcel.status)) return outcome;
  const reason = `The carrier has ${outcome.parcel.id} as ${outcome.parcel.status}`;
  return { is: 'refused', reason, error: reason };
}
