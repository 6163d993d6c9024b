import { IsUrlWith, ServiceConfig } from '@hookshop/config';
import { ArrayNotEmpty, IsInt, Matches, Max, Min, ValidateBy } from 'class-validator';
import type { Patience } from './shipment.js';

/** The client adds the paths of the API itself. */
const IsOrigin = (): PropertyDecorator =>
  ValidateBy({
    name: 'isOrigin',
    validator: {
      validate: (value) => typeof value !== 'string' || !URL.canParse(value) || isOrigin(new URL(value)),
      defaultMessage: () => '$property must be scheme, host and port alone, such as https://api.carrier.example',
    },
  });

const isOrigin = ({ pathname, search, hash, username, password }: URL): boolean =>
  pathname === '/' && `${search}${hash}${username}${password}` === '';

export class ShippingConfig extends ServiceConfig {
  /** Where the carrier's API is, `https://api.carrier.example`. */
  @IsUrlWith('http', 'https') @IsOrigin() readonly carrierApiBase: string;
  @Matches(/^[\x21-\x7e]{1,255}$/, { message: '$property must be an API key of the carrier' })
  readonly carrierApiKey: string;
  /** Milliseconds the carrier has for one answer, from the request to its last byte. */
  @IsInt() @Min(100) @Max(60_000) readonly carrierTimeoutMs: number = 5_000;
  /** Most requests to the carrier at the same time, of this process. */
  @IsInt() @Min(1) @Max(1_000) readonly carrierConcurrency: number = 16;
  /** Pauses, in seconds, before the carrier is asked again; the last repeats, and is the one after a refusal. */
  @ArrayNotEmpty()
  @Matches(/^\d{1,6}(\.\d{1,3})?$/, {
    each: true,
    message: '$property must be seconds, comma-separated, such as 1,5,30',
  })
  readonly carrierRetrySeconds: readonly string[] = ['1', '5', '30', '120', '600'];
  /** So many seconds after a booking was asked for, the carrier's books have it, if it ever arrived. */
  @IsInt() @Min(0) @Max(86_400) readonly carrierLookupLagSeconds: number = 10;

  /** Seconds after which a parcel that nothing was heard of is looked at, and again after each such pause: 6 hours. */
  @IsInt() @Min(1) @Max(999_999) readonly carrierCheckSeconds: number = 21_600;

  /**
   * Seconds after which the work of a process that died is done by another; enough for two requests. One that is only
   * slow shares it then, under the same idempotency key.
   */
  get leaseSeconds(): number {
    return Math.ceil((2 * this.carrierTimeoutMs) / 1000) + 5;
  }

  get patience(): Patience {
    return {
      retry: this.carrierRetrySeconds.map(Number),
      lookupLag: this.carrierLookupLagSeconds,
      check: this.carrierCheckSeconds,
    };
  }
}
