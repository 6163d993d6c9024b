import type { Logger } from '@hookshop/observability';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { isConnectionError } from './database-errors.js';

export interface PersistenceOptions {
  /** PostgreSQL connection URL of the service's own database and role. */
  url: string;
  entities: NonNullable<DataSourceOptions['entities']>;
  migrations: NonNullable<DataSourceOptions['migrations']>;
  /** Most connections of this process. */
  poolSize?: number;
  /** Shown in pg_stat_activity. */
  applicationName?: string;
}

/** Any number; every instance of every service must use the same. */
const MIGRATION_LOCK = 7_326_115;
const SECONDS_BETWEEN_TRIES = 1;

/**
 * Connects, waiting for the database as long as it takes, and sees that its schema is up to date.
 *
 * @param schema brings it up to date, or waits until somebody else has
 */
export async function openDataSource(
  options: PersistenceOptions,
  log: Logger,
  schema: (dataSource: DataSource) => Promise<void> = migrate,
): Promise<DataSource> {
  for (;;) {
    const dataSource = new DataSource({
      type: 'postgres',
      url: options.url,
      entities: options.entities,
      migrations: options.migrations,
      poolSize: options.poolSize ?? 10,
      applicationName: options.applicationName,
      parseInt8: true,
      connectTimeoutMS: 3_000,
      extra: {
        pipeline: true,
        keepAlive: true,
        statement_timeout: 15_000,
        query_timeout: 20_000,
        idle_in_transaction_session_timeout: 30_000,
      },
    });
    try {
      await dataSource.initialize();
      await schema(dataSource);
      return dataSource;
    } catch (error) {
      if (dataSource.isInitialized) await dataSource.destroy();
      if (!isConnectionError(error)) throw error;
      log.warn({ err: error }, `The database cannot be reached; trying again in ${SECONDS_BETWEEN_TRIES} s`);
      await new Promise((resolve) => setTimeout(resolve, SECONDS_BETWEEN_TRIES * 1000));
    }
  }
}

/** Instances that start together migrate one after another. */
async function migrate(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    try {
      await dataSource.runMigrations({ transaction: 'each' });
    } finally {
      await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    }
  } finally {
    await runner.release();
  }
}
