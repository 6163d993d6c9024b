import { productRequests } from '@hookshop/contracts';
import { RequestController, Transactions } from '@hookshop/messaging';
import { MessagePattern } from '@nestjs/microservices';
import { MoreThan } from 'typeorm';
import { Product } from '../product.js';
import { stateProduct } from './state-product.js';

/** Bounds what one transaction writes and this process holds, however many products there are. */
const PRODUCTS_AT_A_TIME = 500;

/** For services that start with an empty projection after the stream has forgotten the first listing. */
@RequestController()
export class RestateProducts {
  constructor(private readonly transactions: Transactions) {}

  @MessagePattern(productRequests.restate)
  async restate(): Promise<{ restated: number }> {
    let restated = 0;
    let last = '';
    for (;;) {
      const products = await this.restateAfter(last);
      restated += products.length;
      if (products.length < PRODUCTS_AT_A_TIME) return { restated };
      last = products.at(-1)!.sku;
    }
  }

  private restateAfter(sku: string): Promise<Product[]> {
    return this.transactions.run(async (tx) => {
      const products = await tx.manager.find(Product, {
        where: { sku: MoreThan(sku) },
        order: { sku: 'ASC' },
        take: PRODUCTS_AT_A_TIME,
      });
      for (const product of products) stateProduct(product, tx);
      return products;
    });
  }
}
