import { IsArray, IsInt, IsOptional, IsString, Max, Min, ValidateBy, type ValidationArguments } from 'class-validator';
import { OutboundConfig } from '../outbound/outbound.config.js';
import { AreInboundSources } from './sources/are-inbound-sources.js';
import { AreSecrets } from './sources/are-secrets.js';

/** With receipts goes the memory of what came. */
const IsNoLongerThanReceiptsAreKept = (): PropertyDecorator =>
  ValidateBy({
    name: 'isNoLongerThanReceiptsAreKept',
    validator: {
      validate: (hours, validation) => Number(hours) <= 24 * (validation?.object as InboundConfig).inboundRetentionDays,
      defaultMessage: (validation?: ValidationArguments) =>
        `${validation?.property} must not be longer than receipts are kept; shorten it, or raise INBOUND_RETENTION_DAYS`,
    },
  });

/** What the environment says about webhooks from third parties. A source without a secret does not exist. */
export class InboundConfig extends OutboundConfig {
  /** Signing secrets of the payment provider's endpoint. Each of several is accepted, so that one can replace another. */
  @IsArray() @AreSecrets('stripe') readonly stripeWebhookSecret: string[] = [];
  /** `whsec_` and base64, as Standard Webhooks has it. */
  @IsArray() @AreSecrets('standard') readonly carrierWebhookSecret: string[] = [];
  @IsArray() @AreSecrets('github') readonly githubWebhookSecret: string[] = [];
  @IsArray() @AreSecrets('shopify') readonly shopifyWebhookSecret: string[] = [];
  /** Further sources, as JSON: their names with how they sign, and what they mean. */
  @IsOptional() @IsString() @AreInboundSources() readonly inboundSources?: string;
  /** For how long an id that its sender does not sign is taken once only. */
  @IsInt() @Min(1) @Max(720) @IsNoLongerThanReceiptsAreKept() readonly inboundReplayWindowHours: number = 24;
  /** Refused messages of one address to one source in a minute, after which it hears 429. Good ones are never counted. */
  @IsInt() @Min(60) @Max(100_000) readonly inboundFailuresPerMinute: number = 60;
  /** Days after which receipts are removed, and with them the memory of what came. */
  @IsInt() @Min(1) @Max(3_650) readonly inboundRetentionDays: number = 30;
}
