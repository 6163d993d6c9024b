import { ListProducts as Query, productRequests, type Page, type ProductView } from '@hookshop/contracts';
import { checkRequest, RequestController } from '@hookshop/messaging';
import { Database } from '@hookshop/persistence';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { MoreThan } from 'typeorm';
import { Product } from '../product.js';

@RequestController()
export class ListProducts {
  constructor(private readonly database: Database) {}

  /** By SKU. */
  @MessagePattern(productRequests.list)
  async list(@Payload() body: unknown): Promise<Page<ProductView>> {
    const { limit, cursor } = checkRequest(Query, body);
    const found = await this.database.dataSource.manager.find(Product, {
      where: cursor === undefined ? {} : { sku: MoreThan(cursor) },
      order: { sku: 'ASC' },
      take: limit + 1,
    });
    const page = found.slice(0, limit);
    return {
      data: page.map((product) => product.view()),
      nextCursor: found.length > limit ? page.at(-1)!.sku : null,
    };
  }
}
