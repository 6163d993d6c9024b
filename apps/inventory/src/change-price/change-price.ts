import { ChangePriceBody, ProductPriceChanged, productRequests, type ProductView } from '@hookshop/contracts';
import { checkRequest, RequestController, Transactions } from '@hookshop/messaging';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { IsString } from 'class-validator';
import { findProduct } from '../find-product.js';

class PriceChange extends ChangePriceBody {
  @IsString() readonly sku: string;
}

@RequestController()
export class ChangePrice {
  constructor(private readonly transactions: Transactions) {}

  @MessagePattern(productRequests.changePrice)
  change(@Payload() body: unknown): Promise<ProductView> {
    const { sku, priceInCents } = checkRequest(PriceChange, body);
    return this.transactions.run(async (tx) => {
      const product = await findProduct(tx.manager, sku, true);
      const previousPriceInCents = product.priceInCents;
      if (product.changePrice(priceInCents)) {
        await tx.manager.save(product);
        const { currency, version } = product;
        tx.publish(
          ProductPriceChanged,
          { sku, priceInCents, previousPriceInCents, currency },
          { subject: sku, sequence: version },
        );
      }
      return product.view();
    });
  }
}
