import { ProductPriceChanged } from '@hookshop/contracts';
import { type Fact, HandlesBatch, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { learnPrices } from '../prices/learn-prices.js';

@Injectable()
export class LearnPriceWhenPriceChanged {
  @HandlesBatch(ProductPriceChanged, { from: 'beginning' })
  async learn(facts: Fact<ProductPriceChanged>[], tx: Transaction): Promise<void> {
    await learnPrices(
      tx,
      facts.map(({ data, sequence }) => ({ ...data, name: null, version: sequence })),
    );
  }
}
