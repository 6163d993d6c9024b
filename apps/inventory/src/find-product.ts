import { refuse } from '@hookshop/messaging';
import { IsString } from 'class-validator';
import type { EntityManager } from 'typeorm';
import { Product } from './product.js';

/** Names a product. What is not even written like a SKU names none either: both are answered with 404. */
export class ProductName {
  @IsString() readonly sku: string;
}

const LONGEST_SKU = 64;

/**
 * @param lock keep others from changing it until the transaction ends
 * @throws RpcException a 404 refusal
 */
export async function findProduct(manager: EntityManager, sku: string, lock = false): Promise<Product> {
  // PostgreSQL has no NUL character to compare with.
  const found =
    sku.length <= LONGEST_SKU &&
    !sku.includes('\0') &&
    (await manager.findOne(Product, { where: { sku }, ...(lock && { lock: { mode: 'for_no_key_update' } }) }));
  if (!found) throw refuse(404, `There is no product ${sku.slice(0, LONGEST_SKU)}.`);
  return found;
}
