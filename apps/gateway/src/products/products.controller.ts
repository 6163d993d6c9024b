import {
  ChangePriceBody,
  ListProducts,
  productRequests,
  RestockBody,
  type Page,
  type ProductView,
} from '@hookshop/contracts';
import { Requests } from '@hookshop/messaging';
import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { For } from '../authentication/caller.js';
import { knowing } from '../problem-of.js';
import { SkuOf } from './sku-of.js';
import { Documented } from '../documentation/documented.js';

@Controller('v1/products')
export class ProductsController {
  constructor(private readonly requests: Requests) {}

  @Get()
  @For('shop')
  @Documented({ summary: 'List products by SKU', answer: { pageOf: 'Product' }, query: ListProducts })
  list(@Query() query: ListProducts): Promise<Page<ProductView>> {
    return this.requests.ask(productRequests.list, query);
  }

  @Get(':sku')
  @For('shop')
  @Documented({ summary: 'Show a product', answer: 'Product', refusals: [404] })
  show(@Param('sku', SkuOf) sku: string): Promise<ProductView> {
    return this.requests.ask(productRequests.show, { sku });
  }

  @Patch(':sku')
  @For()
  @Documented({
    summary: 'Change the price of a product',
    answer: 'Product',
    body: ChangePriceBody,
    refusals: [404, 504],
  })
  changePrice(@Param('sku', SkuOf) sku: string, @Body() { priceInCents }: ChangePriceBody): Promise<ProductView> {
    return this.requests
      .ask<ProductView>(productRequests.changePrice, { sku, priceInCents })
      .catch(knowing(`GET /v1/products/${sku} shows the price; changing it to the same again does no harm.`));
  }

  @Post(':sku/restock')
  @For()
  @HttpCode(200)
  @Documented({
    summary: 'Put more of a product into stock',
    answer: 'Product',
    body: RestockBody,
    refusals: [404, 504],
  })
  restock(@Param('sku', SkuOf) sku: string, @Body() { quantity }: RestockBody): Promise<ProductView> {
    return this.requests
      .ask<ProductView>(productRequests.restock, { sku, quantity })
      .catch(knowing(`Look at GET /v1/products/${sku} before you restock again.`));
  }
}
