import { IsUrlWith, ServiceConfig } from '@hookshop/config';
import { ArrayNotEmpty, IsInt, IsOptional, Matches, Max, Min, ValidateBy } from 'class-validator';
import type { Pauses } from './pauses.js';

/** Seconds, comma-separated in the environment. */
const IsPauses = (): PropertyDecorator => (target, property) => {
  ArrayNotEmpty()(target, property);
  Matches(/^\d{1,6}(\.\d{1,3})?$/, {
    each: true,
    message: '$property must be seconds, comma-separated, such as 1,5,30',
  })(target, property);
};

/** The SDK adds the paths of the API itself. */
const IsOrigin = (): PropertyDecorator =>
  ValidateBy({
    name: 'isOrigin',
    validator: {
      validate: (value) => typeof value !== 'string' || !URL.canParse(value) || new URL(value).pathname === '/',
      defaultMessage: () => '$property must not have a path',
    },
  });

export class PaymentConfig extends ServiceConfig {
  @Matches(/^[\x21-\x7e]{1,255}$/, { message: '$property must be an API key of the payment provider' })
  readonly stripeApiKey: string;
  /** Somebody who speaks Stripe's API, `http://127.0.0.1:3010`; without it, Stripe. */
  @IsOptional() @IsUrlWith('http', 'https') @IsOrigin() readonly stripeApiBase?: string;
  @IsInt() @Min(100) @Max(60_000) readonly stripeTimeoutMs: number = 10_000;
  /** Most requests to the provider at the same time, for charges and for refunds each. */
  @IsInt() @Min(1) @Max(1_000) readonly stripeConcurrency: number = 64;
  /** After this many seconds the provider's search knows every payment. Stripe: "under 1 minute", more in bad times. */
  @IsInt() @Min(0) @Max(86_400) readonly stripeSearchLagSeconds: number = 300;
  /** Pauses after a charge or cancellation whose outcome is unknown; the last repeats. */
  @IsPauses() readonly chargeBackoffSeconds: readonly string[] = ['1', '2', '5', '15', '60'];
  /** Pauses between looks at a payment the customer or a bank has to decide; the last repeats. */
  @IsPauses() readonly authenticationCheckSeconds: readonly string[] = ['3', '5', '10', '30', '60', '300'];
  /** Pauses after each refund the provider refused; after the last one it is a dead letter. */
  @IsPauses() readonly refundBackoffSeconds: readonly string[] = ['5', '30', '120', '600', '3600', '14400'];

  /**
   * Seconds after which the work of a process that died is done by another. One that is only slow shares it then, under
   * the same idempotency key.
   */
  get leaseSeconds(): number {
    return Math.ceil(this.stripeTimeoutMs / 1000) + 5;
  }

  get pauses(): Pauses {
    return {
      charge: this.chargeBackoffSeconds.map(Number),
      check: this.authenticationCheckSeconds.map(Number),
      refund: this.refundBackoffSeconds.map(Number),
    };
  }
}
