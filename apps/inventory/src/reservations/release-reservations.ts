import type { StockLine } from '@hookshop/contracts';
import type { DatabaseTransaction } from '@hookshop/persistence';

export interface Cancellation {
  orderId: string;
  /** Sequence of the fact that cancelled the order. */
  sequence: number;
}

export interface Release {
  orderId: string;
  /** The reservation's. */
  version: number;
  lines: StockLine[];
}

/**
 * Gives back what is set aside for these orders or sold to them, and leaves a note for orders that are not known yet,
 * so that they never reserve. The products must be locked.
 *
 * @returns what was given back; nothing for orders that held nothing
 */
export const releaseReservations = (
  tx: DatabaseTransaction,
  cancellations: readonly Cancellation[],
): Promise<Release[]> =>
  tx.query<Release>(
    `WITH cancelled AS (
       SELECT order_id, order_sequence FROM unnest($1::uuid[], $2::bigint[]) AS c (order_id, order_sequence)
     ), noted AS (
       INSERT INTO reservations (order_id, status, order_sequence, lines)
       SELECT order_id, 'cancelled', order_sequence, '[]' FROM cancelled
       ORDER BY order_id
       ON CONFLICT (order_id) DO NOTHING
     ), released AS (
       UPDATE reservations r
       SET status = 'released', version = version + 1, order_sequence = c.order_sequence, updated_at = now()
       FROM cancelled c WHERE r.order_id = c.order_id AND r.status IN ('reserved', 'committed')
       RETURNING r.order_id, old.status AS held, r.version, r.lines
     ), returned AS (
       SELECT line.sku,
              coalesce(sum(line.quantity) FILTER (WHERE held = 'reserved'), 0) AS from_reserved,
              coalesce(sum(line.quantity) FILTER (WHERE held = 'committed'), 0) AS from_committed
       FROM released CROSS JOIN LATERAL jsonb_to_recordset(released.lines) AS line (sku text, quantity bigint)
       GROUP BY line.sku
     ), moved AS (
       UPDATE products
       SET available = available + from_reserved + from_committed,
           reserved = reserved - from_reserved,
           committed = committed - from_committed,
           version = version + 1
       FROM returned WHERE products.sku = returned.sku
     )
     SELECT order_id AS "orderId", version, lines FROM released ORDER BY order_id`,
    [cancellations.map(({ orderId }) => orderId), cancellations.map(({ sequence }) => sequence)],
  );
