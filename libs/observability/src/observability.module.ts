import type { ServiceConfig } from '@hookshop/config';
import { Module, type DynamicModule } from '@nestjs/common';
import { Health } from './health.js';
import { createLogger, Logger } from './logger.js';
import { Metrics } from './metrics.js';
import { openTracer, type TracingConfig } from './tracing/open-tracer.js';
import { Tracer } from './tracing/tracer.js';

/** One module per config: whoever imports it, a process has one log, one set of metrics and one health. */
const modules = new WeakMap<object, DynamicModule>();

/** Gives every module the service's `Logger`, `Metrics`, `Health` and `Tracer`. */
@Module({})
export class ObservabilityModule {
  /** @param isTraced whether what it does belongs to our traces */
  static forRoot(
    service: string,
    config: Pick<ServiceConfig, 'logLevel' | 'nodeEnv'> & TracingConfig,
    { isTraced = true }: { isTraced?: boolean } = {},
  ): DynamicModule {
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
        {
          provide: Tracer,
          inject: [Metrics],
          useFactory: (metrics: Metrics) => openTracer(service, isTraced ? config : {}, logger, metrics),
        },
      ],
      exports: [Logger, Metrics, Health, Tracer],
    };
    modules.set(config, created);
    return created;
  }
}
