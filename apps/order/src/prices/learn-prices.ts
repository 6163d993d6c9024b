import type { Database, DatabaseTransaction } from '@hookshop/persistence';

export interface KnownPrice {
  sku: string;
  /** Null while only a price change has been heard of. */
  name: string | null;
  priceInCents: number;
  currency: string;
  /** The product's version: the newer price wins. */
  version: number;
}

/** Keeps the newest price of each product, whatever order the facts come in; a name is never forgotten. */
export async function learnPrices(
  where: Pick<Database | DatabaseTransaction, 'query'>,
  heard: readonly KnownPrice[],
): Promise<void> {
  await where.query(
    `INSERT INTO product_prices AS known (sku, name, price_in_cents, currency, version)
     SELECT DISTINCT ON (sku) sku, max(name) OVER (PARTITION BY sku), price_in_cents, currency, version
     FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bigint[])
       AS heard (sku, name, price_in_cents, currency, version)
     ORDER BY sku, version DESC
     ON CONFLICT (sku) DO UPDATE SET
       name = coalesce(known.name, excluded.name),
       price_in_cents = CASE WHEN excluded.version > known.version THEN excluded.price_in_cents ELSE known.price_in_cents END,
       currency = CASE WHEN excluded.version > known.version THEN excluded.currency ELSE known.currency END,
       version = greatest(known.version, excluded.version)`,
    [
      heard.map(({ sku }) => sku),
      heard.map(({ name }) => name),
      heard.map(({ priceInCents }) => priceInCents),
      heard.map(({ currency }) => currency),
      heard.map(({ version }) => version),
    ],
  );
}
