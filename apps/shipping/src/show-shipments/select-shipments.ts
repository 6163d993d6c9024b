import type { Database } from '@hookshop/persistence';
import type { ShipmentStatus } from '../shipment-status.js';

/** A shipment as operators see it: not where it goes. */
export interface ShipmentView {
  id: string;
  orderId: string;
  status: ShipmentStatus;
  /** The carrier's id of the parcel. */
  carrierId: string | null;
  carrier: string | null;
  trackingNumber: string | null;
  /** How often the carrier was asked for something. */
  attempts: number;
  /** Why the present step has not been taken yet. */
  lastError: string | null;
  nextAttemptAt: Date | null;
  /** When the carrier is asked how far the parcel is, if nothing is heard of it by then. */
  nextLookAt: Date | null;
  dispatchedAt: Date | null;
  deliveredAt: Date | null;
  cancelledAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

/** None or one: an order has one shipment. */
export const selectShipments = (database: Database, orderId: string): Promise<ShipmentView[]> =>
  database.query<ShipmentView>(
    `SELECT id, order_id AS "orderId", status, carrier_id AS "carrierId", carrier, tracking_number AS "trackingNumber",
       attempts, last_error AS "lastError", next_attempt_at AS "nextAttemptAt",
       CASE WHEN status IN ('booked', 'dispatched') THEN next_look_at END AS "nextLookAt", dispatched_at AS "dispatchedAt",
       delivered_at AS "deliveredAt", cancelled_at AS "cancelledAt", created_at AS "createdAt", updated_at AS "updatedAt"
     FROM shipments WHERE order_id = $1`,
    [orderId],
  );
