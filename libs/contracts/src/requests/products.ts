import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { IsCents, IsQuantity, IsSku } from '../contract/field-decorators.js';

export const productRequests = {
  /** `ListProducts` → `Page<ProductView>`, by SKU. */
  list: 'inventory.list-products',
  /** `{ sku }` → `ProductView` */
  show: 'inventory.show-product',
  /** `{ sku, quantity }` → `ProductView` */
  restock: 'inventory.restock',
  /** `{ sku, priceInCents }` → `ProductView` */
  changePrice: 'inventory.change-price',
  /** `{ skus: string[] }` → `{ products: Quote[] }`: the known ones, for a service that has not heard of them yet. */
  quote: 'inventory.quote',
  /** `{}` → `{ restated: number }`: states `product.listed` of every product again. */
  restate: 'inventory.restate',
} as const;

/** Products are listed by SKU; the cursor is the last SKU seen. */
export class ListProducts {
  @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(100) readonly limit: number = 20;
  @IsOptional() @IsSku() readonly cursor?: string;
}

export class RestockBody {
  @IsQuantity() readonly quantity: number;
}

export class ChangePriceBody {
  @IsCents() readonly priceInCents: number;
}

export interface ProductView {
  sku: string;
  name: string;
  priceInCents: number;
  currency: string;
  /** Sellable now. */
  available: number;
  /** Set aside for orders that are not confirmed yet. */
  reserved: number;
}

/** A product as `product.listed` states it, with the version that decides which price is newer. */
export interface Quote {
  sku: string;
  name: string;
  priceInCents: number;
  currency: string;
  version: number;
}
