import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { DatabaseTransaction } from './database-transaction.js';
import { runTransaction } from './run-transaction.js';
import { prepared } from './statements.js';

/** The service's own database. */
@Injectable()
export class Database implements OnApplicationShutdown {
  constructor(@Inject(DataSource) readonly dataSource: DataSource) {}

  /** One statement that commits by itself. */
  async query<T = Record<string, unknown>>(text: string, values?: unknown[]): Promise<T[]> {
    const { rows } = await this.pool.query(prepared(text, values));
    return rows as T[];
  }

  /** @throws CommitOutcomeUnknown when the connection is lost while committing */
  transaction<T>(work: (tx: DatabaseTransaction) => Promise<T>): Promise<T> {
    return runTransaction(this.dataSource, (runner, client) => new DatabaseTransaction(runner, client), work);
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  private get pool(): Pool {
    return (this.dataSource.driver as unknown as { master: Pool }).master;
  }
}
