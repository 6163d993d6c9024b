import { Logger } from '@hookshop/observability';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { IdempotencyKeys } from './idempotency-keys.js';

const ONE_HOUR_MS = 60 * 60_000;

/** An expired key already counts as unused; this only gives its place back. */
@Injectable()
export class ForgetExpiredKeys implements OnApplicationBootstrap, OnModuleDestroy {
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly keys: IdempotencyKeys,
    private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.forget();
    this.timer = setInterval(() => this.forget(), ONE_HOUR_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private forget(): void {
    this.keys.forgetExpired().catch((err: unknown) => this.log.warn({ err }, 'Expired idempotency keys stay for now'));
  }
}
