import { Transform, Type } from 'class-transformer';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsObject, IsOptional, ValidateNested } from 'class-validator';
import { IsCents, IsCountry, IsEmailAddress, IsQuantity, IsSku, IsText } from '../contract/field-decorators.js';
import { applyFieldDecorators } from '../contract/apply-field-decorators.js';

export const orderStatuses = ['placed', 'awaiting-payment', 'confirmed', 'shipped', 'delivered', 'cancelled'] as const;
export type OrderStatus = (typeof orderStatuses)[number];

export const cancellationReasons = ['out-of-stock', 'payment-declined', 'timed-out', 'requested'] as const;
export type CancellationReason = (typeof cancellationReasons)[number];

export const MAX_LINES = 100;

/** Who ordered. */
export class Customer {
  @IsEmailAddress() readonly email: string;
  @IsText() readonly name: string;
}

/** One product of an order at the price it was sold for. */
export class OrderLine {
  @IsSku() readonly sku: string;
  @IsText() readonly name: string;
  @IsQuantity() readonly quantity: number;
  @IsCents() readonly unitPriceInCents: number;
}

/** A product and how many pieces of it. */
export class StockLine {
  @IsSku() readonly sku: string;
  @IsQuantity() readonly quantity: number;
}

export class ShippingAddress {
  @IsText() readonly line1: string;
  /** Who sends null says that there is none. */
  @Transform(({ value }) => value ?? undefined)
  @IsOptional()
  @IsText()
  readonly line2?: string;
  @IsText() readonly city: string;
  @IsText(20) readonly postalCode: string;
  /** ISO 3166-1 alpha-2, `US`. */
  @IsCountry() readonly country: string;
}

/** 1 to 100 nested objects of one class. Nesting alone would let pass what is no object at all. */
export const IsListOf = (type: () => new () => object): PropertyDecorator =>
  applyFieldDecorators(
    IsArray(),
    ArrayNotEmpty(),
    ArrayMaxSize(MAX_LINES),
    IsObject({ each: true }),
    ValidateNested({ each: true }),
    Type(type),
  );

export const IsPart = (type: () => new () => object): PropertyDecorator =>
  applyFieldDecorators(IsObject(), ValidateNested(), Type(type));
