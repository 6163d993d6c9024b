import type { EventClass } from '@hookshop/contracts';
import {
  ShipmentCancelled,
  ShipmentDelivered,
  ShipmentDispatched,
  ShipmentRecalled,
  ShipmentRecallFailed,
} from '@hookshop/contracts';
import type { Transaction } from '@hookshop/messaging';
import { Logger, Metrics } from '@hookshop/observability';
import { Injectable } from '@nestjs/common';
import type { Shipment } from '../shipment.js';
import { lockShipments } from './lock-shipments.js';
import { type Update, updateShipments } from './update-shipments.js';

export interface Settlement {
  /** As it was when its attempt began. */
  known: Shipment;
  /**
   * Applies what the attempt brought.
   *
   * @param overtaken another attempt began or ended meanwhile
   * @returns whether anything is different now
   */
  move(shipment: Shipment, overtaken: boolean): boolean;
  /** The span of the attempt, if it is recorded. */
  traceparent?: string | undefined;
}

const outcomes = new Map<EventClass, string>([
  [ShipmentDispatched, 'dispatched'],
  [ShipmentDelivered, 'delivered'],
  [ShipmentCancelled, 'cancelled'],
  [ShipmentRecalled, 'recalled'],
  [ShipmentRecallFailed, 'recall-failed'],
]);

/** Commits what became of shipments, with the facts that became true by it. */
@Injectable()
export class Settlements {
  private readonly counter;

  constructor(
    private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.counter = metrics.counter({
      name: 'shipments_total',
      help: 'Shipments by what became of them; one that was recalled is counted as dispatched and as recalled',
      labelNames: ['outcome'],
    });
  }

  /**
   * The state that shipments had when they were attempted is taken for granted first: one statement for all. Those that
   * were moved meanwhile, by a cancellation, a webhook or another attempt, are read again under their lock and moved
   * from where they are now.
   *
   * @returns the shipments that are different now
   */
  async settle(tx: Transaction, settlements: readonly Settlement[]): Promise<Shipment[]> {
    const byId = new Map<string, Settlement>();
    // A shipment whose lease ended under an attempt may be here twice.
    const copies = settlements.filter((settlement) => {
      if (byId.has(settlement.known.id)) return true;
      byId.set(settlement.known.id, settlement);
      return false;
    });
    const moved = await this.settleOnce(tx, byId);
    if (copies.length > 0) moved.push(...(await this.settle(tx, copies)));
    return moved;
  }

  /** Stores shipments that are locked, and states their facts. */
  async store(tx: Transaction, updates: readonly Update[], attempts?: ReadonlyMap<string, Settlement>): Promise<void> {
    if (updates.length === 0) return;
    await updateShipments(tx, updates);
    for (const { shipment } of updates) this.stateFacts(tx, shipment, attempts?.get(shipment.id)?.traceparent);
  }

  private async settleOnce(tx: Transaction, settlements: ReadonlyMap<string, Settlement>): Promise<Shipment[]> {
    const expected = [...settlements.values()].flatMap(({ known, move }) => moveCopy(known, move, false));
    const stored = await updateShipments(tx, expected);
    const moved = expected.filter(({ shipment }) => stored.has(shipment.id)).map(({ shipment }) => shipment);
    for (const shipment of moved) this.stateFacts(tx, shipment, settlements.get(shipment.id)!.traceparent);

    const overtaken = [...settlements.values()].filter(({ known }) => !stored.has(known.id));
    if (overtaken.length === 0) return moved;
    const current = await lockShipments(
      tx,
      overtaken.map(({ known }) => known.orderId),
    );
    const again = overtaken.flatMap(({ known, move }) => {
      const now = current.get(known.orderId)!.shipment;
      return moveCopy(now, move, now.attempts !== known.attempts);
    });
    await this.store(tx, again, settlements);
    return [...moved, ...again.map(({ shipment }) => shipment)];
  }

  private stateFacts(tx: Transaction, shipment: Shipment, attempt: string | undefined): void {
    const { id: shipmentId, orderId } = shipment;
    // One order, one trace, whoever was first to tell how it went on.
    const traceparent = attempt ?? (shipment.cancellationCause ?? shipment.cause)?.traceparent;
    for (const { event, data, sequence, cause } of shipment.takeStatements()) {
      const options = { subject: shipmentId, sequence, correlationId: orderId, traceparent };
      tx.publish(event, data, cause === null ? options : { ...options, cause });
      tx.afterCommit(() => {
        this.counter.inc({ outcome: outcomes.get(event)! });
        if (event === ShipmentRecallFailed) {
          this.log.error(
            { shipmentId, orderId },
            'The parcel of a cancelled order was delivered: a person must get it back',
          );
        }
      });
    }
  }
}

/** The original stays as it is: a settlement that fails is done again from there. */
function moveCopy(known: Shipment, move: Settlement['move'], overtaken: boolean): Update[] {
  const shipment = known.copy();
  return move(shipment, overtaken) ? [{ shipment, known }] : [];
}
