import type { DatabaseTransaction } from '@hookshop/persistence';
import type { Asked } from '../shipment.js';

export interface Tombstone {
  id: string;
  orderId: string;
  cause: Asked;
}

/** Marks orders without a shipment as never to be shipped. Returns the orders that had one already. */
export async function insertTombstones(tx: DatabaseTransaction, tombstones: readonly Tombstone[]): Promise<string[]> {
  const rows = await tx.query<{ orderId: string }>(statement, [
    tombstones.map(({ id }) => id),
    tombstones.map(({ orderId }) => orderId),
    tombstones.map(({ cause }) => JSON.stringify(cause)),
  ]);
  const buried = new Set(rows.map(({ orderId }) => orderId));
  return tombstones.map(({ orderId }) => orderId).filter((orderId) => !buried.has(orderId));
}

/** In the order of their orders, like every batch. */
const statement = `
  INSERT INTO shipments (id, order_id, status, version, cancellation_cause)
  SELECT id, order_id, 'cancelled', 1, cause
  FROM unnest($1::uuid[], $2::uuid[], $3::jsonb[]) AS cancelled (id, order_id, cause)
  ORDER BY order_id
  ON CONFLICT (order_id) DO NOTHING
  RETURNING order_id AS "orderId"`;
