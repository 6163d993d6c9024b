import type { DatabaseTransaction } from '@hookshop/persistence';
import { shipmentColumns, toShipment } from '../shipment-columns.js';
import type { Shipment } from '../shipment.js';

export interface LockedShipment {
  shipment: Shipment;
  /** Somebody is asking the carrier about it right now. */
  isAsked: boolean;
}

/** The shipments of orders, locked in the order of their orders, so that no two transactions wait in a circle. */
export async function lockShipments(
  tx: DatabaseTransaction,
  orderIds: readonly string[],
): Promise<Map<string, LockedShipment>> {
  const rows = await tx.query<Record<string, unknown> & { orderId: string; isAsked: boolean | null }>(statement, [
    orderIds,
  ]);
  return new Map(
    rows.map(({ isAsked, ...row }) => [
      row.orderId as string,
      { shipment: toShipment(row), isAsked: isAsked === true },
    ]),
  );
}

const statement = `
  SELECT ${shipmentColumns('shipments')}, leased_until > now() AS "isAsked"
  FROM shipments WHERE order_id = ANY ($1::uuid[])
  ORDER BY order_id
  FOR UPDATE`;
