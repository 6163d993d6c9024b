import type { DatabaseTransaction } from '@hookshop/persistence';
import type { Reservation } from './reservation.js';

export interface Confirmation {
  orderId: string;
  /** Sequence of the fact that confirmed the order. */
  sequence: number;
}

/**
 * Turns what is reserved for these orders into sold pieces. The products must be locked.
 *
 * @returns the reservations that exist, as they were before
 */
export const commitReservations = (
  tx: DatabaseTransaction,
  confirmations: readonly Confirmation[],
): Promise<Reservation[]> =>
  tx.query<Reservation>(
    `WITH confirmed AS (
       SELECT order_id, order_sequence FROM unnest($1::uuid[], $2::bigint[]) AS c (order_id, order_sequence)
     ), committed AS (
       UPDATE reservations r
       SET status = 'committed', version = version + 1, order_sequence = c.order_sequence, updated_at = now()
       FROM confirmed c WHERE r.order_id = c.order_id AND r.status = 'reserved'
       RETURNING r.lines
     ), sold AS (
       SELECT line.sku, sum(line.quantity) AS pieces
       FROM committed CROSS JOIN LATERAL jsonb_to_recordset(committed.lines) AS line (sku text, quantity bigint)
       GROUP BY line.sku
     ), moved AS (
       UPDATE products SET reserved = reserved - pieces, committed = committed + pieces, version = version + 1
       FROM sold WHERE products.sku = sold.sku
     )
     SELECT r.order_id AS "orderId", r.status, r.order_sequence AS "orderSequence"
     FROM reservations r JOIN confirmed USING (order_id)`,
    [confirmations.map(({ orderId }) => orderId), confirmations.map(({ sequence }) => sequence)],
  );
