import { IsBoolean, IsInt, IsOptional, Matches, Max, Min, ValidateBy, type ValidationArguments } from 'class-validator';
import { AreRateLimits, ratesOf } from './authentication/are-rate-limits.js';
import type { RatePerMinute } from './authentication/rate-limits.js';
import { InboundConfig } from './inbound/inbound.config.js';

/** The keys that the documentation prints: everybody knows them. */
const isDemoKey = (key: unknown): boolean => /^sk_[a-z]+_demo$/.test(String(key));

const IsNoDemoKeyInProduction = (): PropertyDecorator =>
  ValidateBy({
    name: 'isNoDemoKeyInProduction',
    validator: {
      validate(key, validation) {
        const { nodeEnv, hookshopDemo } = validation?.object as GatewayConfig;
        return nodeEnv !== 'production' || hookshopDemo || !isDemoKey(key);
      },
      defaultMessage: (validation?: ValidationArguments) =>
        `${validation?.property} must not be a demo key in production; choose your own, or set HOOKSHOP_DEMO=true`,
    },
  });

const IsApiKey = (): PropertyDecorator =>
  Matches(/^[\x21-\x7e]{12,200}$/, { message: '$property must be 12 to 200 printable characters without spaces' });

/** Environment of the gateway. */
export class GatewayConfig extends InboundConfig {
  /** First key of each role. Changing or unsetting a variable revokes the key it gave before. */
  @IsOptional() @IsApiKey() @IsNoDemoKeyInProduction() readonly shopApiKey?: string;
  /** Belongs to partner `demo`. */
  @IsOptional() @IsApiKey() @IsNoDemoKeyInProduction() readonly partnerApiKey?: string;
  @IsOptional() @IsApiKey() @IsNoDemoKeyInProduction() readonly adminApiKey?: string;
  /** Admits the demo keys in production. */
  @IsBoolean() readonly hookshopDemo: boolean = false;
  /** Most readers of the live stream at a time. */
  @IsInt() @Min(1) @Max(10_000) readonly eventStreamClients: number = 100;
  /** Most of them with one API key. */
  @IsInt() @Min(1) @Max(10_000) readonly eventStreamClientsPerKey: number = 25;
  /** Requests of one key in a minute at one instance, by role: `shop:240000,partner:30000,admin:30000`. */
  @AreRateLimits() readonly apiRateLimitPerMinute: readonly string[] = [];
  /** Requests without a good key from one address in a minute, after which it hears 429 and nothing is looked up. */
  @IsInt() @Min(10) @Max(1_000_000) readonly apiFailuresPerMinute: number = 1_000;

  /** Days after which the timeline of an order that has ended is removed, when nothing was said of the order since. */
  @IsInt() @Min(1) @Max(3_650) readonly timelineRetentionDays: number = 365;

  get ratePerMinute(): RatePerMinute {
    return ratesOf(this.apiRateLimitPerMinute);
  }
}
