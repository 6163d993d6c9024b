import { ServiceConfig } from '@hookshop/config';
import { type DynamicModule, Module } from '@nestjs/common';
import { Health, Logger } from '@hookshop/observability';
import { DataSource } from 'typeorm';
import { awaitMigrations } from './await-migrations.js';
import { Database } from './database.js';
import { openDataSource, type PersistenceOptions } from './open-data-source.js';

/** The service's database, connected and migrated before anything else starts. */
@Module({})
export class PersistenceModule {
  /** Whoever is only to migrate a service makes this much of it and no more. */
  static readonly migrates = true;

  static forRoot(options: PersistenceOptions): DynamicModule {
    return {
      module: PersistenceModule,
      global: true,
      providers: [
        {
          provide: DataSource,
          inject: [Logger, Health, { token: ServiceConfig, optional: true }],
          useFactory: async (log: Logger, health: Health, config?: ServiceConfig): Promise<DataSource> => {
            const dataSource =
              config?.migrations === 'skip'
                ? await openMigrated(options, log, health)
                : await openDataSource(options, log);
            health.register('database', async () => {
              await dataSource.query('SELECT 1');
              return { ok: true };
            });
            return dataSource;
          },
        },
        Database,
      ],
      exports: [DataSource, Database],
    };
  }
}

/** Somebody else migrates; meanwhile readiness says what is waited for. */
function openMigrated(options: PersistenceOptions, log: Logger, health: Health): Promise<DataSource> {
  let detail = 'not connected yet';
  health.register('database', async () => ({ ok: false, detail }));
  return openDataSource(options, log, (dataSource) =>
    awaitMigrations(dataSource, log, (missing) => {
      detail = `waiting for migrations: ${missing.length} missing, first ${missing[0]}`;
    }),
  );
}
