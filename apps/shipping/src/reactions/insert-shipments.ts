import type { DatabaseTransaction } from '@hookshop/persistence';
import type { Shipment } from '../shipment.js';

/**
 * Records shipments to be booked, the first `leased` of them as asked for by this process from now on, the others as
 * due. Orders that have a shipment already, or were cancelled before, keep what they have.
 *
 * @returns the ids of those that are new
 */
export async function insertShipments(
  tx: DatabaseTransaction,
  shipments: readonly Shipment[],
  leased: number,
  leaseSeconds: number,
): Promise<Set<string>> {
  const rows = await tx.query<{ id: string }>(statement, [
    shipments.map(({ id }) => id),
    shipments.map(({ orderId }) => orderId),
    shipments.map(({ parcel }) => JSON.stringify(parcel)),
    shipments.map(({ cause }) => JSON.stringify(cause)),
    shipments.map((_shipment, index) => index < leased),
    leaseSeconds,
  ]);
  return new Set(rows.map(({ id }) => id));
}

/** In the order of their orders: batches with the same ones wait for each other without a deadlock. */
const statement = `
  INSERT INTO shipments (
    id, order_id, status, version, parcel, cause, attempts, booking_asked_at, leased_until, next_attempt_at
  )
  SELECT
    id, order_id, 'pending', 1, parcel, cause,
    CASE WHEN leased THEN 1 ELSE 0 END,
    CASE WHEN leased THEN now() END,
    CASE WHEN leased THEN now() + $6::double precision * interval '1 second' END,
    CASE WHEN leased THEN now() + $6::double precision * interval '1 second' ELSE now() END
  FROM unnest($1::uuid[], $2::uuid[], $3::jsonb[], $4::jsonb[], $5::boolean[])
    AS planned (id, order_id, parcel, cause, leased)
  ORDER BY order_id
  ON CONFLICT (order_id) DO NOTHING
  RETURNING id`;
