import { productRequests, RestockBody, type ProductView } from '@hookshop/contracts';
import { checkRequest, refuse, RequestController } from '@hookshop/messaging';
import { Database } from '@hookshop/persistence';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { IsString } from 'class-validator';
import { findProduct } from '../find-product.js';
import { WarehouseFull } from '../product.js';

class Restock extends RestockBody {
  @IsString() readonly sku: string;
}

@RequestController()
export class RestockProduct {
  constructor(private readonly database: Database) {}

  @MessagePattern(productRequests.restock)
  restock(@Payload() body: unknown): Promise<ProductView> {
    const { sku, quantity } = checkRequest(Restock, body);
    return this.database.transaction(async ({ manager }) => {
      const product = await findProduct(manager, sku, true);
      try {
        product.restock(quantity);
      } catch (error) {
        if (error instanceof WarehouseFull) throw refuse(422, error.message);
        throw error;
      }
      await manager.save(product);
      return product.view();
    });
  }
}
