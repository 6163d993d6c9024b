import type { StockLine } from '@hookshop/contracts';
import type { DatabaseTransaction } from '@hookshop/persistence';

export interface NewReservation {
  orderId: string;
  status: 'reserved' | 'rejected';
  /** Sequence of the fact that placed the order. */
  orderSequence: number;
  lines: readonly StockLine[];
}

/** A product whose available pieces have just fallen to its threshold or below. */
export interface LowProduct {
  sku: string;
  available: number;
  threshold: number;
  version: number;
}

/**
 * Records reservations and takes the pieces of the reserved ones, each product once however many orders want it.
 * The products must be locked. Orders that have become known in between are left as they are.
 */
export async function insertReservations(
  tx: DatabaseTransaction,
  reservations: readonly NewReservation[],
): Promise<{ inserted: Set<string>; low: LowProduct[] }> {
  const [outcome] = await tx.query<{ inserted: string[]; low: LowProduct[] }>(
    `WITH inserted AS (
       INSERT INTO reservations (order_id, status, order_sequence, lines)
       SELECT order_id, status, order_sequence, lines
       FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::jsonb[]) AS r (order_id, status, order_sequence, lines)
       ORDER BY order_id
       ON CONFLICT (order_id) DO NOTHING
       RETURNING order_id, status, lines
     ), demand AS (
       SELECT line.sku, sum(line.quantity) AS pieces
       FROM inserted CROSS JOIN LATERAL jsonb_to_recordset(inserted.lines) AS line (sku text, quantity bigint)
       WHERE inserted.status = 'reserved'
       GROUP BY line.sku
     ), taken AS (
       UPDATE products SET available = available - pieces, reserved = reserved + pieces, version = version + 1
       FROM demand WHERE products.sku = demand.sku
       RETURNING products.sku, old.available AS before, new.available, low_threshold AS threshold, new.version
     )
     SELECT coalesce((SELECT array_agg(order_id) FROM inserted), '{}') AS inserted,
            coalesce((
              SELECT json_agg(json_build_object(
                'sku', sku, 'available', available, 'threshold', threshold, 'version', version))
              FROM taken WHERE before > threshold AND available <= threshold
            ), '[]') AS low`,
    [
      reservations.map(({ orderId }) => orderId),
      reservations.map(({ status }) => status),
      reservations.map(({ orderSequence }) => orderSequence),
      reservations.map(({ lines }) => JSON.stringify(lines)),
    ],
  );
  return { inserted: new Set(outcome!.inserted), low: outcome!.low };
}
