import type { Transaction, WorkSubject } from '@hookshop/messaging';
import { Logger, Metrics } from '@hookshop/observability';
import { Injectable } from '@nestjs/common';
import type { CarrierStatus } from '../carrier/carrier-shipment.js';
import type { CarrierOutcome } from '../carrier/outcomes.js';
import type { Shipment } from '../shipment.js';
import type { ShipmentStatus } from '../shipment-status.js';
import { ShippingConfig } from '../shipping.config.js';
import { Settlements } from './settlements.js';

export interface Answered {
  /** As it was when the carrier was asked. */
  known: Shipment;
  outcome: CarrierOutcome;
  /** The span of the attempt, if it is recorded. */
  traceparent?: string | undefined;
}

/** What a parcel can be when the carrier has done what a shipment waits for, or is too late for it. */
const answers: Partial<Record<ShipmentStatus, readonly CarrierStatus[]>> = {
  pending: ['booked', 'picked_up', 'delivered'],
  booked: ['booked', 'picked_up', 'delivered', 'returning'],
  dispatched: ['booked', 'picked_up', 'delivered'],
  cancelling: ['cancelled', 'picked_up', 'delivered', 'returning'],
  recalling: ['returning', 'delivered'],
};

/** What the carrier answers about shipments, whatever it was asked. */
@Injectable()
export class CarrierAnswers {
  private readonly patience;
  private readonly refusals;

  constructor(
    config: ShippingConfig,
    private readonly settlements: Settlements,
    private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.patience = config.patience;
    this.refusals = metrics.counter({
      name: 'carrier_refusals_total',
      help:
        'Times the carrier would not do what a shipment waited for, or had its parcel as nobody asked for, by status ' +
        'of the shipment: a person has to look',
      labelNames: ['status'],
    });
  }

  /** Tells whoever has to know of an answer that brought the shipment no further. */
  report({ known, outcome }: Answered): void {
    const { id: shipmentId, orderId, status, attempts: attempt } = known;
    const about = { shipmentId, orderId, status, attempt };
    if (outcome.is === 'refused') {
      this.refusals.inc({ status });
      this.log.error(
        { ...about, reason: outcome.reason },
        known.isWatched
          ? 'The carrier does not have a parcel as it should: GET /shipments?orderId= tells how, settle it with the carrier'
          : 'The carrier will not do what it was asked: GET /shipments?orderId= tells why, settle it with the carrier',
      );
    }
  }

  /**
   * Commits answers, with the facts that became true.
   *
   * @returns the shipments that are different now
   */
  settle(tx: Transaction, answered: readonly Answered[]): Promise<Shipment[]> {
    const now = new Date();
    return this.settlements.settle(
      tx,
      answered.map(({ known, outcome, traceparent }) => ({
        known,
        traceparent,
        move: (shipment, overtaken) => shipment.settle(known.status, outcome, overtaken, this.patience, now),
      })),
    );
  }
}

/** What asking the carrier about a shipment is about. */
export function aboutShipment({
  id: shipmentId,
  orderId,
  attempts: attempt,
  cancellationCause,
  cause,
}: Shipment): WorkSubject {
  const { traceparent } = cancellationCause ?? cause ?? {};
  return { ids: { shipmentId, orderId }, attempt, correlationId: orderId, traceparent };
}

/** An answer that does not fit what a shipment waits for is none: somebody else moved the parcel at the carrier. */
export function fitting(status: ShipmentStatus, outcome: CarrierOutcome): CarrierOutcome {
  if (outcome.is !== 'known' || answers[status]!.includes(outcome.parcel.status)) return outcome;
  const reason = `The carrier has ${outcome.parcel.id} as ${outcome.parcel.status}`;
  return { is: 'refused', reason, error: reason };
}
