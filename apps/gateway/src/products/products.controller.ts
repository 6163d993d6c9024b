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

@Controller('v1/products')
export class ProductsController {
  constructor(private readonly requests: Requests) {}

  @Get()
  @For('shop')
  list(@Query() query: ListProducts): Promise<Page<ProductView>> {
    return this.requests.ask(productRequests.list, query);
  }

  @Get(':sku')
  @For('shop')
  show(@Param('sku', SkuOf) sku: string): Promise<ProductView> {
    return this.requests.ask(productRequests.show, { sku });
  }

  @Patch(':sku')
  @For()
  changePrice(@Param('sku', SkuOf) sku: string, @Body() { priceInCents }: ChangePriceBody): Promise<ProductView> {
    return this.requests
      .ask<ProductView>(productRequests.changePrice, { sku, priceInCents })
      .catch(knowing(`GET /v1/products/${sku} shows the price; changing it to the same again does no harm.`));
  }

  @Post(':sku/restock')
  @For()
  @HttpCode(200)
  restock(@Param('sku', SkuOf) sku: string, @Body() { quantity }: RestockBody): Promise<ProductView> {
    return this.requests
      .ask<ProductView>(productRequests.restock, { sku, quantity })
      .catch(knowing(`Look at GET /v1/products/${sku} before you restock again.`));
  }
}
