import type { ServiceConfig } from '@hookshop/config';
import { Module, type DynamicModule } from '@nestjs/common';
import { Health } from './health.js';
import { createLogger, destinationFor, Logger } from './logger.js';
import { LogTee } from './logs/log-tee.js';
import { openLogTee } from './logs/open-log-tee.js';
import { Metrics } from './metrics.js';
import { type CollectorConfig, logsUrl } from './otlp/endpoints.js';
import { openTracer } from './tracing/open-tracer.js';
import { Tracer } from './tracing/tracer.js';

/** One module per config: whoever imports it, a process has one log, one set of metrics and one health. */
const modules = new WeakMap<object, DynamicModule>();

/** Gives every module the service's `Logger`, `Metrics`, `Health` and `Tracer`. */
@Module({})
export class ObservabilityModule {
  /** @param isTraced whether what it does belongs to our traces, and its log beside them */
  static forRoot(
    service: string,
    config: Pick<ServiceConfig, 'logLevel' | 'nodeEnv'> & CollectorConfig,
    { isTraced = true }: { isTraced?: boolean } = {},
  ): DynamicModule {
    const known = modules.get(config);
    if (known !== undefined) return known;

    const collector: CollectorConfig = isTraced ? config : {};
    const tee = logsUrl(collector) === undefined ? undefined : new LogTee(destinationFor(config));
    const logger = createLogger(service, config, tee);
    const opened = {
      provide: LogTee,
      inject: [Metrics],
      useFactory: (metrics: Metrics) => openLogTee(tee!, service, collector, logger, metrics),
    };
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
          useFactory: (metrics: Metrics) => openTracer(service, collector, logger, metrics),
        },
        ...(tee === undefined ? [] : [opened]),
      ],
      exports: [Logger, Metrics, Health, Tracer],
    };
    modules.set(config, created);
    return created;
  }
}
