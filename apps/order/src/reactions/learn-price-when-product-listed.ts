import { ProductListed } from '@hookshop/contracts';
import { type Fact, HandlesBatch, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { learnPrices } from '../prices/learn-prices.js';

@Injectable()
export class LearnPriceWhenProductListed {
  @HandlesBatch(ProductListed, { from: 'beginning' })
  async learn(facts: Fact<ProductListed>[], tx: Transaction): Promise<void> {
    await learnPrices(
      tx,
      facts.map(({ data, sequence }) => ({ ...data, version: sequence })),
    );
  }
}
