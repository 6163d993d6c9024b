import { IsId, IsOneOf, IsText, PageQuery } from '@hookshop/contracts';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsBoolean, IsIn, IsInt, IsOptional } from 'class-validator';
import { IsString, Matches, Max, MaxLength, Min, ValidateIf } from 'class-validator';
import { TenantQuery } from '../endpoints/endpoint-bodies.js';
import { deliveryStatuses, type DeliveryStatus } from './delivery-view.js';
import { IsInstant } from './instants.js';

/** Query of `GET /v1/webhook-deliveries`. */
export class ListDeliveriesQuery extends PageQuery {
  @IsOptional() @Matches(/^[a-z0-9][a-z0-9-]{0,62}$/) readonly partnerId?: string;
  @IsOptional() @IsId() readonly endpointId?: string;
  @IsOptional() @IsOneOf(deliveryStatuses) readonly status?: DeliveryStatus;
  @IsOptional() @IsText(128) readonly type?: string;
  @IsOptional() @IsId() readonly orderId?: string;
  /** Created at this time or later, and before that one. */
  @IsOptional() @IsInstant() readonly since?: string;
  @IsOptional() @IsInstant() readonly until?: string;
}

/** `missing`: a stored event that the endpoint wants now and was never owed. */
export const replayStatuses = ['pending', 'held', 'exhausted', 'cancelled', 'delivered', 'missing'] as const;
export type ReplayStatus = (typeof replayStatuses)[number];

/** Left out it has a default; null is no value for it, least of all for `dryRun`. */
const IsSetting = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** Body of `POST …/replay`. Of what was owed counts the time at which it was, of what is missing that of its arrival. */
export class ReplayBody {
  @IsInstant() readonly since: string;
  /** Before this time; by default before now. */
  @IsSetting() @IsInstant() readonly until?: string;
  /** As in `eventTypes`; all by default. */
  @IsSetting()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(128, { each: true })
  readonly types?: string[];
  /** By default everything that was not delivered. */
  @IsSetting() @IsArray() @ArrayNotEmpty() @IsIn([...replayStatuses], { each: true }) readonly status?: ReplayStatus[];
  /** Only tell how many it would be. */
  @IsSetting() @IsBoolean() readonly dryRun?: boolean;
}

/** Query of `GET …/poll`. */
export class PollQuery extends TenantQuery {
  @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(100) readonly limit: number = 20;
  @IsOptional() @IsString() @MaxLength(100) readonly cursor?: string;
}
