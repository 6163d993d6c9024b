import type { Database } from '@hookshop/persistence';
import { shipmentColumns, toShipment } from '../shipment-columns.js';
import type { ParcelJob } from './ship-parcels.js';

/**
 * Leases shipments that are due: to be booked, called off or brought back.
 *
 * @param lookupLagSeconds age from which the carrier's books have a booking that was asked for, if it arrived
 */
export async function claimShipments(
  database: Database,
  limit: number,
  leaseSeconds: number,
  lookupLagSeconds: number,
): Promise<ParcelJob[]> {
  const rows = await database.query<Record<string, unknown> & { isFindable: boolean }>(statement, [
    limit,
    leaseSeconds,
    lookupLagSeconds,
  ]);
  return rows.map(({ isFindable, ...row }) => ({ shipment: toShipment(row), isFindable }));
}

const statement = `
  WITH due AS (
    SELECT id FROM shipments
    WHERE next_attempt_at <= now()
    ORDER BY next_attempt_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
  )
  UPDATE shipments SET
    attempts = attempts + 1,
    booking_asked_at = CASE WHEN status = 'pending' THEN now() ELSE booking_asked_at END,
    leased_until = now() + $2::double precision * interval '1 second',
    next_attempt_at = now() + $2::double precision * interval '1 second',
    updated_at = now()
  FROM due
  WHERE shipments.id = due.id
  RETURNING ${shipmentColumns('shipments')},
    coalesce(booking_asked_at < now() - $3::double precision * interval '1 second', true) AS "isFindable"`;
