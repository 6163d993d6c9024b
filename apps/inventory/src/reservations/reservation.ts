/**
 * - `reserved`: its pieces are set aside
 * - `rejected`: at least one line was short, nothing is set aside
 * - `committed`: the order is confirmed, its pieces are sold
 * - `released`: the order was cancelled, its pieces are sellable again
 * - `cancelled`: the order was cancelled before anything was reserved; nothing ever will be
 */
export type ReservationStatus = 'reserved' | 'rejected' | 'committed' | 'released' | 'cancelled';

export interface Reservation {
  orderId: string;
  status: ReservationStatus;
  /** Sequence of the newest fact of the order that was applied. */
  orderSequence: number;
}

/**
 * What a confirmation may meet: a reservation to commit, one that is committed already, or one that a newer cancellation
 * has undone.
 *
 * @throws IllegalConfirmation when no order of facts explains it
 */
export function assertConfirmable({ orderId, status, orderSequence }: Reservation, sequence: number): void {
  if (status === 'reserved' || status === 'committed') return;
  const overtaken = status !== 'rejected' && sequence < orderSequence;
  if (!overtaken) throw new IllegalConfirmation(orderId, status);
}

export class IllegalConfirmation extends Error {
  constructor(orderId: string, status: ReservationStatus) {
    super(`Order ${orderId} was confirmed although its reservation is ${status}`);
    this.name = 'IllegalConfirmation';
  }
}
