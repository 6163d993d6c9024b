import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Health } from './health.js';
import { Logger } from './logger.js';
import { Metrics } from './metrics.js';
import { ObservabilityModule } from './observability.module.js';

@Injectable()
class Reaction {
  constructor(
    readonly log: Logger,
    readonly metrics: Metrics,
    readonly health: Health,
  ) {}
}

@Module({ providers: [Reaction] })
class Reactions {}

it('gives one log, one set of metrics and one health to every module, however often it is imported', async () => {
  const config = { logLevel: 'silent', nodeEnv: 'test' } as const;
  class Root {}
  const app = await NestFactory.createApplicationContext(
    {
      module: Root,
      imports: [ObservabilityModule.forRoot('order', config), Reactions, ObservabilityModule.forRoot('order', config)],
    },
    { logger: false },
  );

  const { log, metrics, health } = app.get(Reaction);
  expect(log).toBe(app.get(Logger));
  expect(metrics).toBe(app.get(Metrics));
  expect(health).toBe(app.get(Health));
  await app.close();
});
