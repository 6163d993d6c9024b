import type { Database } from '@hookshop/persistence';
import { shipmentColumns, toShipment } from '../shipment-columns.js';
import type { Shipment } from '../shipment.js';

/** Leases shipments whose parcels are to move and of which nothing was heard for long, the longest first. */
export async function claimLooks(database: Database, limit: number, leaseSeconds: number): Promise<Shipment[]> {
  const rows = await database.query<Record<string, unknown>>(statement, [limit, leaseSeconds]);
  return rows.map(toShipment);
}

/** A next look ahead is the lease as well. Condition and order are those of the index. */
const statement = `
  WITH due AS (
    SELECT id FROM shipments
    WHERE status IN ('booked', 'dispatched') AND coalesce(next_look_at, '-infinity') <= now()
    ORDER BY coalesce(next_look_at, '-infinity')
    LIMIT $1
    FOR UPDATE SKIP LOCKED
  )
  UPDATE shipments SET
    attempts = attempts + 1,
    next_look_at = now() + $2::double precision * interval '1 second',
    updated_at = now()
  FROM due
  WHERE shipments.id = due.id
  RETURNING ${shipmentColumns('shipments')}`;
