import { ServiceConfig } from '@hookshop/config';
import { IsArray, IsBoolean, IsInt, Max, Min } from 'class-validator';
import { AreSealingKeys } from './sealing/is-sealing-keys.js';

/** What the environment says about webhooks to partners. */
export class OutboundConfig extends ServiceConfig {
  /** Plain `http` endpoints, for demos on one machine. */
  @IsBoolean() readonly webhookAllowHttp: boolean = false;
  /** Names and addresses that may be private, and names without a dot. Cloud metadata stays refused. */
  @IsArray() readonly webhookAllowedPrivateHosts: string[] = [];
  /** 32 bytes base64 each: the first seals, all open. */
  @AreSealingKeys() readonly webhookSealingKeys: string[] = [];
  /** New endpoints, and new URLs, are sent nothing until their owner has answered a challenge. */
  @IsBoolean() readonly webhookVerifyOwnership: boolean = false;
  /** Most attempts of one instance at a time; the first of an endpoint is always let through. */
  @IsInt() @Min(1) @Max(100_000) readonly webhookConcurrency: number = 1_024;
  /** Deliveries a second at which a replay, or the backlog after an outage, goes out to an endpoint. */
  @IsInt() @Min(1) @Max(100_000) readonly webhookBacklogPerSecond: number = 50;
  /** Days after which settled deliveries, their attempts and bodies are removed. */
  @IsInt() @Min(1) @Max(3_650) readonly webhookRetentionDays: number = 30;
}
