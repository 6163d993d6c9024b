import type { StockLine } from '@hookshop/contracts';
import type { DatabaseTransaction } from '@hookshop/persistence';

/**
 * Locks the products of some orders and tells what is available of them. Every transaction that touches reservations
 * comes through here first, in the order of the SKUs: so they wait for each other and never deadlock, and while the
 * products of an order are locked nobody else changes its reservation.
 */
export async function lockProducts(
  tx: DatabaseTransaction,
  orders: readonly { readonly lines: readonly StockLine[] }[],
): Promise<Map<string, number>> {
  const skus = new Set(orders.flatMap(({ lines }) => lines.map(({ sku }) => sku)));
  const locked = await tx.query<{ sku: string; available: number }>(
    `SELECT sku, available FROM products WHERE sku = ANY($1::text[]) ORDER BY sku FOR NO KEY UPDATE`,
    [[...skus]],
  );
  return new Map(locked.map(({ sku, available }) => [sku, available]));
}
