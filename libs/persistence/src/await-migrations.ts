import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '@hookshop/observability';
import type { DataSource } from 'typeorm';
import { sqlState } from './database-errors.js';

const MS_BETWEEN_LOOKS = 500;
const UNDEFINED_TABLE = '42P01';

/**
 * Waits until every migration that this process knows has been run by another. A schema that is newer is none of our
 * business: two versions of a service run side by side while one replaces the other.
 *
 * @param tell hears what is missing whenever that changes
 */
export async function awaitMigrations(
  dataSource: DataSource,
  log: Logger,
  tell: (missing: readonly string[]) => void,
): Promise<void> {
  for (let told = -1; ; await wait(MS_BETWEEN_LOOKS)) {
    const missing = await missingMigrations(dataSource);
    if (missing.length === 0) return;
    if (missing.length === told) continue;
    told = missing.length;
    tell(missing);
    log.warn(
      { missing },
      'The schema lacks migrations: waiting until a process with MIGRATIONS=only or run has run them',
    );
  }
}

async function missingMigrations(dataSource: DataSource): Promise<string[]> {
  const run = new Set(await selectMigrations(dataSource));
  return dataSource.migrations.map(nameOf).filter((name) => !run.has(name));
}

/** As TypeORM names them in its table. */
const nameOf = ({ name, constructor }: DataSource['migrations'][number]): string => name ?? constructor.name;

/** Reads only: the role may well be one that creates no tables. */
async function selectMigrations(dataSource: DataSource): Promise<string[]> {
  try {
    const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM migrations');
    return rows.map(({ name }) => name);
  } catch (error) {
    if (sqlState(error) === UNDEFINED_TABLE) return [];
    throw error;
  }
}
