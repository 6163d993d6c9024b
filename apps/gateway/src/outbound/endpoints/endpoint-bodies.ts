import { IsOneOf, IsText, IsWhole, PageQuery } from '@hookshop/contracts';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
} from 'class-validator';
import { ValidateBy, ValidateIf } from 'class-validator';
import { formats, orderings, payloads, signatureSchemes } from './endpoint.js';
import type { EndpointStatus, Format, Ordering, Payload, SignatureScheme } from './endpoint.js';

export const MAX_OVERLAP_SECONDS = 7 * 24 * 60 * 60;
const MAX_PAUSE_SECONDS = 7 * 24 * 60 * 60;

/** Left out it stays as it is; null is no value for it. */
const IsSetting = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

const IsTexts = (): PropertyDecorator =>
  ValidateBy({
    name: 'isTexts',
    validator: {
      validate: (value) =>
        typeof value === 'object' && value !== null && Object.values(value).every((one) => typeof one === 'string'),
      defaultMessage: () => '$property must be an object of strings',
    },
  });

/** `*`, `order.*` or `order.placed.v1`; whether there is such a type is looked up later. */
const AreEventTypes = (): PropertyDecorator => (target, property) => {
  for (const decorate of [IsArray(), ArrayNotEmpty(), ArrayMaxSize(100), IsString({ each: true })]) {
    decorate(target, property);
  }
  MaxLength(128, { each: true })(target, property);
};

/** What an endpoint may be told besides where it is and what it wants; everything has a default. */
class EndpointSettings {
  @IsSetting() @Matches(/^[^\p{Cc}\p{Cs}]{0,200}$/u) readonly description?: string;
  /** Conditions on the data of facts; null: none. */
  @IsOptional() @IsObject() readonly filter?: object | null;
  @IsSetting() @IsOneOf(formats) readonly format?: Format;
  @IsSetting() @IsOneOf(payloads) readonly payload?: Payload;
  @IsSetting() @IsOneOf(orderings) readonly ordering?: Ordering;
  @IsSetting() @IsArray() @ArrayNotEmpty() @AreSignatureSchemes() readonly signatures?: SignatureScheme[];
  @IsSetting() @IsObject() @IsTexts() readonly headers?: Record<string, string>;
  /** For a whole attempt, from the name lookup to the last byte of the response. */
  @IsSetting() @IsWhole(1, 30) readonly timeoutSeconds?: number;
  /** Pauses before each retry; null: the default ones. */
  @IsOptional() @IsArray() @ArrayMaxSize(20) @ArePauses() readonly retryScheduleSeconds?: number[] | null;
  @IsOptional() @IsWhole(1, 10_000) readonly maxPerSecond?: number | null;
  @IsSetting() @IsWhole(1, 64) readonly maxInFlight?: number;
}

function AreSignatureSchemes(): PropertyDecorator {
  return ValidateBy({
    name: 'areSignatureSchemes',
    validator: {
      validate: (value) =>
        Array.isArray(value) &&
        value.includes('v1') &&
        new Set(value).size === value.length &&
        value.every((one) => (signatureSchemes as readonly unknown[]).includes(one)),
      defaultMessage: () => '$property must be ["v1"] or ["v1", "v1a"]',
    },
  });
}

function ArePauses(): PropertyDecorator {
  return ValidateBy({
    name: 'arePauses',
    validator: {
      validate: (value) =>
        Array.isArray(value) &&
        value.every((one) => Number.isInteger(one) && (one as number) >= 0 && (one as number) <= MAX_PAUSE_SECONDS),
      defaultMessage: () => `$property must be whole numbers from 0 to ${MAX_PAUSE_SECONDS}`,
    },
  });
}

/** Body of `POST /v1/webhook-endpoints`. */
export class CreateEndpointBody extends EndpointSettings {
  @IsString() readonly url: string;
  @AreEventTypes() readonly eventTypes: string[];
  /** The partner's own, `whsec_…`; by default one is made. */
  @IsSetting() @IsString() @MaxLength(200) readonly secret?: string;
  /** How it begins. `unverified`: it is sent nothing until its owner has answered the challenge of `…/verify`. */
  @IsSetting() @IsOneOf(['enabled', 'disabled', 'unverified']) readonly status?: EndpointStatus;
}

/** Body of `PATCH /v1/webhook-endpoints/:id`. */
export class ChangeEndpointBody extends EndpointSettings {
  @IsSetting() @IsString() readonly url?: string;
  @IsSetting() @AreEventTypes() readonly eventTypes?: string[];
}

/** Body of `POST …/rotate-secret`. */
export class RotateSecretBody {
  /** For how long the former secret signs beside the new one. */
  @IsSetting() @IsWhole(0, MAX_OVERLAP_SECONDS) readonly overlapSeconds: number = 86_400;
  @IsSetting() @IsString() @MaxLength(200) readonly secret?: string;
}

/** Body of `POST …/test`. */
export class SendTestBody {
  @IsSetting() @IsText(128) readonly type?: string;
}

const partnerId = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Whose things are meant; an admin may act for any partner. */
export class TenantQuery {
  @IsOptional() @Matches(partnerId) readonly partnerId?: string;
}

export class ListEndpointsQuery extends PageQuery {
  @IsOptional() @Matches(partnerId) readonly partnerId?: string;
}
