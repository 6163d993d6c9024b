import { hash } from 'node:crypto';
import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsInt,
  IsISO31661Alpha2,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import type { Consignment } from '../shipment.js';

/** What fits on a label: one line without control characters and halves of characters. */
export const IsLine = (max: number): PropertyDecorator =>
  applyDecorators(
    IsString(),
    IsNotEmpty(),
    MaxLength(max),
    Matches(/^[^\p{Cc}\p{Cs}]*$/u, { message: '$property must not contain control characters' }),
  );

const IsPart = (type: () => new () => object): PropertyDecorator =>
  applyDecorators(IsObject(), ValidateNested(), Type(type));

class Recipient {
  @IsLine(200) readonly name: string;
}

class RecipientAddress {
  @IsLine(200) readonly line1: string;
  @IsOptional() @IsLine(200) readonly line2?: string | null;
  @IsLine(200) readonly city: string;
  @IsLine(20) readonly postal_code: string;
  /** ISO 3166-1 alpha-2, `US`. */
  @IsISO31661Alpha2() @Matches(/^[A-Z]{2}$/) readonly country: string;
}

class ParcelItem {
  @IsLine(64) readonly sku: string;
  @IsInt() @Min(1) @Max(1_000_000_000) readonly quantity: number;
}

/** `POST /carrier/v1/shipments`. */
export class BookingRequest {
  /** The shop's own name for the shipment. */
  @IsLine(200) readonly reference: string;
  @IsPart(() => Recipient) readonly recipient: Recipient;
  @IsPart(() => RecipientAddress) readonly address: RecipientAddress;
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(100)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => ParcelItem)
  readonly items: ParcelItem[];
}

export function toConsignment({ reference, recipient, address, items }: BookingRequest): Consignment {
  const { line1, line2, city, postal_code: postalCode, country } = address;
  return {
    reference,
    recipient: recipient.name,
    address: { line1, ...(line2 != null && { line2 }), city, postalCode, country },
    items: items.map(({ sku, quantity }) => ({ sku, quantity })),
  };
}

/** The order in which properties are written means nothing. */
export const fingerprintOf = (consignment: Consignment): string =>
  hash('sha256', JSON.stringify(consignment), 'base64url');
