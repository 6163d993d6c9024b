import { productRequests, type Quote } from '@hookshop/contracts';
import { Requests } from '@hookshop/messaging';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { learnPrices } from './learn-prices.js';

/** For products whose facts have not arrived yet: inventory knows them. */
@Injectable()
export class AskPrices {
  constructor(
    private readonly requests: Requests,
    private readonly database: Database,
  ) {}

  /**
   * Learns the prices inventory has for these products; those it does not have do not exist.
   *
   * @throws ServiceUnreachable, NoAnswer when inventory cannot say
   */
  async ask(skus: readonly string[]): Promise<void> {
    const { products } = await this.requests.ask<{ products: Quote[] }>(productRequests.quote, { skus });
    if (products.length > 0) await learnPrices(this.database, products);
  }
}
