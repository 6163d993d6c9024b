import { applyFieldDecorators, hasSchema, IsOneOf, IsText, IsWhole, PageQuery } from '@hookshop/contracts';
import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { ValidateBy, ValidateIf } from 'class-validator';
import { formats, orderings, payloads, signatureSchemes } from './endpoint.js';
import type { EndpointStatus, Format, Ordering, Payload, SignatureScheme } from './endpoint.js';

export const MAX_OVERLAP_SECONDS = 7 * 24 * 60 * 60;
const MAX_PAUSE_SECONDS = 7 * 24 * 60 * 60;
const MOST_PAUSES = 20;

/** Left out it stays as it is; null is no value for it. */
const IsSetting = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** One rule of our own, with the schema that says the same. */
const rule = (
  name: string,
  schema: Record<string, unknown>,
  message: string,
  validate: (value: unknown) => boolean,
): PropertyDecorator =>
  applyFieldDecorators(
    ValidateBy({ name, validator: { validate, defaultMessage: () => `$property must be ${message}` } }),
    hasSchema(schema),
  );

const AreTexts = (): PropertyDecorator =>
  rule(
    'areTexts',
    { type: 'object', additionalProperties: { type: 'string' } },
    'an object of strings',
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((one) => typeof one === 'string'),
  );

const AreSignatureSchemes = (): PropertyDecorator =>
  rule(
    'areSignatureSchemes',
    { type: 'array', items: { type: 'string', enum: [...signatureSchemes] }, minItems: 1, maxItems: 2 },
    '["v1"] or ["v1", "v1a"]',
    (value) =>
      Array.isArray(value) &&
      value.includes('v1') &&
      new Set(value).size === value.length &&
      value.every((one) => (signatureSchemes as readonly unknown[]).includes(one)),
  );

const ArePauses = (): PropertyDecorator =>
  rule(
    'arePauses',
    {
      type: ['array', 'null'],
      items: { type: 'integer', minimum: 0, maximum: MAX_PAUSE_SECONDS },
      maxItems: MOST_PAUSES,
    },
    `at most ${MOST_PAUSES} whole numbers from 0 to ${MAX_PAUSE_SECONDS}`,
    (value) =>
      Array.isArray(value) &&
      value.length <= MOST_PAUSES &&
      value.every((one: unknown) => Number.isInteger(one) && Number(one) >= 0 && Number(one) <= MAX_PAUSE_SECONDS),
  );

const IsFilter = (): PropertyDecorator =>
  rule(
    'isFilter',
    { type: ['object', 'null'], description: 'Conditions on fields of the data, all of which must hold.' },
    'an object of conditions',
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  );

/** Whether there is such a type is looked up later. */
const AreEventTypes = (): PropertyDecorator =>
  rule(
    'areEventTypes',
    { type: 'array', items: { type: 'string', examples: ['order.*'] }, minItems: 1, maxItems: 100 },
    'a list of 1 to 100 event types such as order.placed.v1, order.* or *',
    (value) =>
      Array.isArray(value) &&
      value.length >= 1 &&
      value.length <= 100 &&
      value.every((one) => typeof one === 'string' && one.length <= 128),
  );

/** What an endpoint may be told besides where it is and what it wants; everything has a default. */
class EndpointSettings {
  @IsSetting()
  @Matches(/^[^\p{Cc}\p{Cs}]{0,200}$/u, { message: '$property must be one line of at most 200 characters' })
  readonly description?: string;
  /** Conditions on the data of facts; null: none. */
  @IsOptional() @IsFilter() readonly filter?: object | null;
  @IsSetting() @IsOneOf(formats) readonly format?: Format;
  @IsSetting() @IsOneOf(payloads) readonly payload?: Payload;
  @IsSetting() @IsOneOf(orderings) readonly ordering?: Ordering;
  @IsSetting() @AreSignatureSchemes() readonly signatures?: SignatureScheme[];
  @IsSetting() @AreTexts() readonly headers?: Record<string, string>;
  /** For a whole attempt, from the name lookup to the last byte of the response. */
  @IsSetting() @IsWhole(1, 30) readonly timeoutSeconds?: number;
  /** Pauses before each retry; null: the default ones. */
  @IsOptional() @ArePauses() readonly retryScheduleSeconds?: number[] | null;
  @IsOptional() @IsWhole(1, 10_000) readonly maxPerSecond?: number | null;
  @IsSetting() @IsWhole(1, 64) readonly maxInFlight?: number;
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
