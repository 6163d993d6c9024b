import { productRequests, type ProductView } from '@hookshop/contracts';
import { checkRequest, RequestController } from '@hookshop/messaging';
import { Database } from '@hookshop/persistence';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { findProduct, ProductName } from '../find-product.js';

@RequestController()
export class ShowProduct {
  constructor(private readonly database: Database) {}

  @MessagePattern(productRequests.show)
  async show(@Payload() body: unknown): Promise<ProductView> {
    const { sku } = checkRequest(ProductName, body);
    return (await findProduct(this.database.dataSource.manager, sku)).view();
  }
}
