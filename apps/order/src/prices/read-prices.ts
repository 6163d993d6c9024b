import type { DatabaseTransaction } from '@hookshop/persistence';

export interface Price {
  name: string;
  priceInCents: number;
  currency: string;
}

/** Prices of the products this service has heard of, by SKU. */
export async function readPrices(tx: DatabaseTransaction, skus: readonly string[]): Promise<Map<string, Price>> {
  const rows = await tx.query<Price & { sku: string }>(
    `SELECT sku, name, price_in_cents AS "priceInCents", currency FROM product_prices
     WHERE sku = ANY($1::text[]) AND name IS NOT NULL`,
    [skus],
  );
  return new Map(rows.map(({ sku, ...price }) => [sku, price]));
}
