import { Transactions } from '@hookshop/messaging';
import { Logger } from '@hookshop/observability';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Product } from '../product.js';
import { stateProduct } from './state-product.js';

/** States the products that a migration put into the table and nobody has heard of yet. */
@Injectable()
export class StateNewProducts implements OnApplicationBootstrap {
  constructor(
    private readonly transactions: Transactions,
    private readonly log: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.transactions.run(async (tx) => {
      // Marked and stated in one transaction: another instance that starts now waits here, and then finds none.
      const products = await tx.query<Product>(
        `UPDATE products SET listed_at = now() WHERE listed_at IS NULL
         RETURNING sku, name, price_in_cents AS "priceInCents", currency, version`,
      );
      for (const product of products) stateProduct(product, tx);
      if (products.length > 0) this.log.info({ products: products.length }, 'New products are stated');
    });
  }
}
