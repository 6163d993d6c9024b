import { Logger } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

const ONE_HOUR_MS = 60 * 60_000;

/** What the shop has taken is shown for a day; what it has not, for good. */
@Injectable()
export class ForgetDeliveredWebhooks implements OnApplicationBootstrap, OnModuleDestroy {
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly database: Database,
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
    this.database
      .query(`DELETE FROM webhooks WHERE delivered_at < now() - interval '1 day'`)
      .catch((err: unknown) => this.log.warn({ err }, 'Webhooks delivered long ago stay for now'));
  }
}
