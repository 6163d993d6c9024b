import {
  isEmail,
  IsIn,
  IsInt,
  IsISO31661Alpha2,
  IsISO4217CurrencyCode,
  IsISO8601,
  IsNotEmpty,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateBy,
} from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import { applyFieldDecorators } from './apply-field-decorators.js';

/** Replaces what class-validator-jsonschema derived, for checks whose derived schema is wider or stricter than they are. */
export const hasSchema = (schema: Record<string, unknown>): PropertyDecorator =>
  JSONSchema(() => schema) as unknown as PropertyDecorator;

/** Largest amount of money in cents that a JSON number carries exactly. */
export const MAX_CENTS = Number.MAX_SAFE_INTEGER;

/** A UUID of any version; ids made by Hookshop are UUIDv7. */
export const IsId = (): PropertyDecorator => IsUUID();

/** A whole number within bounds. */
export const IsWhole = (min: number, max = MAX_CENTS): PropertyDecorator =>
  applyFieldDecorators(IsInt(), Min(min), Max(max), hasSchema({ type: 'integer', minimum: min, maximum: max }));

/** Money in integer minor units. */
export const IsCents = (): PropertyDecorator => IsWhole(0);

export const MAX_QUANTITY = 1_000_000;

/** Whole number of pieces, 1 to 1,000,000. */
export const IsQuantity = (): PropertyDecorator => IsWhole(1, MAX_QUANTITY);

/** ISO 4217 code, upper case. */
export const IsCurrency = (): PropertyDecorator =>
  applyFieldDecorators(
    IsISO4217CurrencyCode(),
    Matches(/^[A-Z]{3}$/),
    hasSchema({ type: 'string', pattern: '^[A-Z]{3}$' }),
  );

/** ISO 3166-1 alpha-2 code, upper case: `US`. */
export const IsCountry = (): PropertyDecorator =>
  applyFieldDecorators(IsISO31661Alpha2(), Matches(/^[A-Z]{2}$/), hasSchema({ type: 'string', pattern: '^[A-Z]{2}$' }));

/** RFC 3339 time. */
export const IsTime = (): PropertyDecorator =>
  applyFieldDecorators(IsISO8601({ strict: true }), hasSchema({ type: 'string', format: 'date-time' }));

const IsPlainEmail = (): PropertyDecorator =>
  ValidateBy({
    name: 'isEmail',
    validator: {
      validate: (value) =>
        typeof value === 'string' && /^[^@\s\p{Cc}\p{Cs}]+@[^@\s\p{Cc}\p{Cs}]+$/u.test(value) && isEmail(value),
      defaultMessage: () => '$property must be an email',
    },
  });

/**
 * An address as people type it. Readers of facts check its shape only: what the door let in must never fail further
 * inside because two libraries differ about an exotic address. So the door asks for that shape too: in quotes an address
 * may have blanks, line breaks and an @ before its @.
 */
export const IsEmailAddress = (): PropertyDecorator =>
  applyFieldDecorators(
    IsPlainEmail(),
    MaxLength(254),
    hasSchema({ type: 'string', maxLength: 254, pattern: '^[^@\\s]+@[^@\\s]+$' }),
  );

/**
 * Non-empty text of one line, at most `max` characters. Control characters and lone surrogates are refused: PostgreSQL
 * cannot store the one, mail headers must not carry the other.
 */
export const IsText = (max = 200): PropertyDecorator =>
  applyFieldDecorators(
    IsString(),
    IsNotEmpty(),
    MaxLength(max),
    Matches(/^[^\p{Cc}\p{Cs}]*$/u, { message: '$property must not contain control characters' }),
  );

/** Stock-keeping unit: `KEYB-01`. */
export const IsSku = (): PropertyDecorator =>
  applyFieldDecorators(IsString(), MaxLength(64), Matches(/^[A-Za-z0-9][A-Za-z0-9._-]*$/));

export const IsOneOf = (values: readonly string[]): PropertyDecorator => IsIn([...values]);
