import { type Done, OutsideWork, type Transaction, type WorkSubject } from '@hookshop/messaging';
import { Metrics } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { Carrier } from '../carrier/carrier.js';
import type { CarrierOutcome } from '../carrier/outcomes.js';
import { aboutShipment, type Answered, CarrierAnswers, fitting } from '../settlement/carrier-answers.js';
import { ShipParcels } from '../ship-parcels/ship-parcels.js';
import type { Shipment } from '../shipment.js';
import { ShippingConfig } from '../shipping.config.js';
import { claimLooks } from './claim-looks.js';

/**
 * Asks the carrier how far a parcel is when its webhooks have told nothing for long: they may be lost.
 *
 * It has half of the connections, so that bookings never wait for it, and begins as many looks each half second: at
 * most CARRIER_CONCURRENCY a second and process, 16 if nothing else is set. A million parcels on their way are so looked
 * at by three processes every 6 hours, and by one every 17, the longest unheard of first.
 */
@Injectable()
export class LookAtParcels extends OutsideWork<Shipment, CarrierOutcome> {
  override readonly name = 'look-at-parcels';
  override pollSeconds = 0.5;
  private readonly looks;

  constructor(
    config: ShippingConfig,
    private readonly carrier: Carrier,
    private readonly answers: CarrierAnswers,
    private readonly parcels: ShipParcels,
    private readonly database: Database,
    metrics: Metrics,
  ) {
    super();
    this.concurrency = Math.ceil(config.carrierConcurrency / 2);
    this.leaseSeconds = config.leaseSeconds;
    this.looks = metrics.counter({
      name: 'carrier_looks_total',
      help: 'Looks at parcels by outcome; news: the parcel moved and no webhook told of it',
      labelNames: ['outcome'],
    });
  }

  /** Never as many as could wait here, which would make the work go on without a pause. */
  protected override async claim(limit: number, leaseSeconds: number): Promise<Shipment[]> {
    const paced = limit - this.concurrency;
    return paced > 0 ? claimLooks(this.database, paced, leaseSeconds) : [];
  }

  protected override async perform({ status, carrierId }: Shipment, signal: AbortSignal): Promise<CarrierOutcome> {
    return fitting(status, await this.carrier.look(carrierId!, signal));
  }

  protected override about(shipment: Shipment): WorkSubject {
    return aboutShipment(shipment);
  }

  protected override wordFor({ is }: CarrierOutcome): string {
    return is;
  }

  protected override troubleIn(outcome: CarrierOutcome): string | undefined {
    return outcome.is === 'unresolved' ? outcome.error : undefined;
  }

  protected override async settle(done: Done<Shipment, CarrierOutcome>[], tx: Transaction): Promise<void> {
    const answered = done.map(({ job: known, outcome, traceparent }) => ({ known, outcome, traceparent }));
    const moved = new Map((await this.answers.settle(tx, answered)).map((shipment) => [shipment.id, shipment]));
    tx.afterCommit(() => {
      for (const answer of answered) this.count(answer, moved.get(answer.known.id));
      // It left although its order was cancelled meanwhile.
      if ([...moved.values()].some(({ isOpen }) => isOpen)) this.parcels.wake();
    });
  }

  /** @param shipment as the look left it; undefined when a webhook, a cancellation or another look came first */
  private count({ known, outcome }: Answered, shipment: Shipment | undefined): void {
    if (outcome.is !== 'known') {
      this.looks.inc({ outcome: outcome.is });
      // What was found is of no interest once the order is over and its parcel called off.
      if (shipment?.status === known.status) this.answers.report({ known, outcome });
      return;
    }
    const isNews = shipment !== undefined && shipment.version > known.version;
    this.looks.inc({ outcome: isNews ? 'news' : 'no-news' });
    if (!isNews) return;
    const { id: shipmentId, orderId, status } = shipment;
    this.log.warn({ shipmentId, orderId, status }, 'A parcel moved and no webhook told of it: look after the webhooks');
  }
}
