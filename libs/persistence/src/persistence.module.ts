import { type DynamicModule, Module } from '@nestjs/common';
import { Health, Logger } from '@hookshop/observability';
import { DataSource } from 'typeorm';
import { Database } from './database.js';
import { openDataSource, type PersistenceOptions } from './open-data-source.js';

/** The service's database, connected and migrated before anything else starts. */
@Module({})
export class PersistenceModule {
  static forRoot(options: PersistenceOptions): DynamicModule {
    return {
      module: PersistenceModule,
      global: true,
      providers: [
        {
          provide: DataSource,
          inject: [Logger, Health],
          useFactory: async (log: Logger, health: Health): Promise<DataSource> => {
            const dataSource = await openDataSource(options, log);
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
