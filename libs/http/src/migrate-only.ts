import type { ServiceConfig } from '@hookshop/config';
import { createLogger, Logger, ObservabilityModule } from '@hookshop/observability';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { ServiceOptions } from './run-service.js';

/** What a process that only migrates reads of its environment: it needs no broker, no port and no key. */
export const readToMigrate = ['migrations', 'databaseUrl', 'logLevel', 'nodeEnv'] as const;

/** Brings the database of a service up to date and closes it; nothing else of the service is made. */
export async function migrateOnly<C extends ServiceConfig>(options: ServiceOptions<C>, config: C): Promise<void> {
  const { service } = options;
  const { imports = [] } = options.module(config) as DynamicModule;
  const databases = (imports as DynamicModule[]).filter(({ module }) => migrates(module));
  if (databases.length === 0) throw new Error(`${service} has no database to migrate: start it without MIGRATIONS`);

  class Migrations {}
  const context = await NestFactory.createApplicationContext(
    { module: Migrations, imports: [ObservabilityModule.forRoot(service, config), ...databases] },
    { abortOnError: false, logger: createLogger(service, config) },
  );
  context.get(Logger).info('The schema is up to date');
  await context.close();
}

/** The module itself belongs to a library that this one does not know. */
const migrates = (module: unknown): boolean => (module as { migrates?: unknown } | undefined)?.migrates === true;
