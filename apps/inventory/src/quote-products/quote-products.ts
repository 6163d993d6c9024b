import { MAX_LINES, productRequests, type Quote } from '@hookshop/contracts';
import { checkRequest, RequestController } from '@hookshop/messaging';
import { Database } from '@hookshop/persistence';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { ArrayMaxSize, IsArray, Matches } from 'class-validator';
import { In } from 'typeorm';
import { Product } from '../product.js';

class QuoteRequest {
  @IsArray() @ArrayMaxSize(MAX_LINES) @Matches(/^[\x21-\x7e]{1,64}$/, { each: true }) readonly skus: string[];
}

/** For a service that has not heard of a product yet: its facts may still be on their way. */
@RequestController()
export class QuoteProducts {
  constructor(private readonly database: Database) {}

  /** Unknown SKUs are left out. */
  @MessagePattern(productRequests.quote)
  async quote(@Payload() body: unknown): Promise<{ products: Quote[] }> {
    const { skus } = checkRequest(QuoteRequest, body);
    const found = await this.database.dataSource.manager.find(Product, {
      where: { sku: In(skus) },
      order: { sku: 'ASC' },
    });
    return {
      products: found.map(({ sku, name, priceInCents, currency, version }) => ({
        sku,
        name,
        priceInCents,
        currency,
        version,
      })),
    };
  }
}
