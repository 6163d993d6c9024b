import type { DatabaseTransaction } from '@hookshop/persistence';
import { looksLikeShipmentId } from './carrier-ids.js';
import { Shipment } from './shipment.js';

/** Holds the shipment until the transaction ends: whoever comes first, the shop or the driver, decides. */
export async function lockShipment(id: string, tx: DatabaseTransaction): Promise<Shipment | null> {
  if (!looksLikeShipmentId(id)) return null;
  return tx.manager.findOne(Shipment, { where: { id }, lock: { mode: 'pessimistic_write' } });
}

/** Writes down where the parcel is now. */
export async function keepMove(shipment: Shipment, tx: DatabaseTransaction): Promise<void> {
  const { id, status, pickedUpAt, deliveredAt, cancelledAt, returningAt } = shipment;
  await tx.manager.update(Shipment, id, { status, pickedUpAt, deliveredAt, cancelledAt, returningAt });
}
