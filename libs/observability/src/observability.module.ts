import type { ServiceConfig } from '@hookshop/config';
import { Module, type DynamicModule } from '@nestjs/common';
import { Health } from './health.js';
import { createLogger, Logger } from './logger.js';
import { Metrics } from './metrics.js';

/** One module per config: whoever imports it, a process has one log, one set of metrics and one health. */
const modules = new WeakMap<object, DynamicModule>();

/** Gives every module the service's `Logger`, `Metrics` and `Health`. */
@Module({})
export class ObservabilityModule {
  static forRoot(service: string, config: Pick<ServiceConfig, 'logLevel' | 'nodeEnv'>): DynamicModule {
    const known = modules.get(config);
    if (known !== undefined) return known;

    const logger = createLogger(service, config);
    const created: DynamicModule = {
      module: ObservabilityModule,
      global: true,
      providers: [
        { provide: Logger, useValue: logger },
        { provide: Metrics, useFactory: () => new Metrics() },
        { provide: Health, useFactory: () => new Health(logger) },
      ],
      exports: [Logger, Metrics, Health],
    };
    modules.set(config, created);
    return created;
  }
}
