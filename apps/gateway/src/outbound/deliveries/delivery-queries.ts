import { IsId, IsOneOf, IsText, IsTime, PageQuery } from '@hookshop/contracts';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
} from 'class-validator';
import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';
import { TenantQuery } from '../endpoints/endpoint-bodies.js';
import { deliveryStatuses, type DeliveryStatus } from './delivery-view.js';

/** Query of `GET /v1/webhook-deliveries`. */
export class ListDeliveriesQuery extends PageQuery {
  @IsOptional() @Matches(/^[a-z0-9][a-z0-9-]{0,62}$/) readonly partnerId?: string;
  @IsOptional() @IsId() readonly endpointId?: string;
  @IsOptional() @IsOneOf(deliveryStatuses) readonly status?: DeliveryStatus;
  @IsOptional() @IsText(128) readonly type?: string;
  @IsOptional() @IsId() readonly orderId?: string;
  /** Created at this time or later, and before that one. */
  @IsOptional() @IsTime() readonly since?: string;
  @IsOptional() @IsTime() readonly until?: string;
}

/** `missing`: a stored event that the endpoint wants now and was never owed. */
export const replayStatuses = ['pending', 'held', 'exhausted', 'cancelled', 'delivered', 'missing'] as const;
export type ReplayStatus = (typeof replayStatuses)[number];

/** Body of `POST …/replay`. */
export class ReplayBody {
  @IsTime() readonly since: string;
  @IsOptional() @IsTime() readonly until?: string;
  /** As in `eventTypes`; all by default. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(128, { each: true })
  readonly types?: string[];
  /** By default everything that was not delivered. */
  @IsOptional() @IsArray() @ArrayNotEmpty() @IsIn([...replayStatuses], { each: true }) readonly status?: ReplayStatus[];
  /** Only tell how many it would be. */
  @IsOptional() @IsBoolean() readonly dryRun?: boolean;
}

/** Query of `GET …/poll`. */
export class PollQuery extends TenantQuery {
  @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(100) readonly limit: number = 20;
  @IsOptional() @IsString() @MaxLength(100) readonly cursor?: string;
}
