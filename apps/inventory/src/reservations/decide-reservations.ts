import type { Shortage, StockLine } from '@hookshop/contracts';

export interface Demand {
  orderId: string;
  lines: readonly StockLine[];
}

export interface Decision extends Demand {
  /** Empty: every line can be set aside. */
  shortages: Shortage[];
}

/**
 * First come, first served, each order all or nothing. What an order would take is gone for those after it; an order
 * that is turned away leaves everything to them.
 *
 * @param available pieces by SKU; a product that is not in it does not exist
 */
export function decideReservations(demands: readonly Demand[], available: ReadonlyMap<string, number>): Decision[] {
  const left = new Map(available);
  return demands.map(({ orderId, lines }) => {
    const taken = new Map<string, number>();
    const shortages: Shortage[] = [];
    for (const { sku, quantity } of lines) {
      const before = taken.get(sku) ?? left.get(sku) ?? 0;
      if (quantity > before) shortages.push({ sku, requested: quantity, available: before });
      else taken.set(sku, before - quantity);
    }
    if (shortages.length === 0) for (const [sku, rest] of taken) left.set(sku, rest);
    return { orderId, lines, shortages };
  });
}
