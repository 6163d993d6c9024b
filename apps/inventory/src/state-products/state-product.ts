import { ProductListed } from '@hookshop/contracts';
import type { Transaction } from '@hookshop/messaging';
import type { Product } from '../product.js';

/** States a product as it is now. Its version says how new that is, so stating it twice changes nothing anywhere. */
export function stateProduct(
  { sku, name, priceInCents, currency, version }: Pick<Product, keyof ProductListed | 'version'>,
  tx: Transaction,
): void {
  tx.publish(ProductListed, { sku, name, priceInCents, currency }, { subject: sku, sequence: version });
}
