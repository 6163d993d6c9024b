import type { PoolClient } from 'pg';
import type { EntityManager, QueryRunner } from 'typeorm';
import { prepared } from './statements.js';

/**
 * An open transaction. Handed explicitly to everything that writes in it: what is not given one does not take part.
 */
export class DatabaseTransaction {
  private readonly lastStatements: (() => Promise<unknown> | undefined)[] = [];
  private readonly followUps: (() => void)[] = [];

  constructor(
    private readonly runner: QueryRunner,
    private readonly client: PoolClient,
  ) {}

  /** For entities and repositories; hot paths use `query`. */
  get manager(): EntityManager {
    return this.runner.manager;
  }

  /** One statement in this transaction; sent at once, also while an earlier one is still running. */
  async query<T = Record<string, unknown>>(text: string, values?: unknown[]): Promise<T[]> {
    const { rows } = await this.client.query(prepared(text, values));
    return rows as T[];
  }

  /**
   * Issues a last statement, sent together with COMMIT in one round trip. When it fails, nothing is committed.
   * Returning undefined issues none.
   */
  beforeCommit(statement: () => Promise<unknown> | undefined): void {
    this.lastStatements.push(statement);
  }

  /** Called once the transaction is committed; must not throw. */
  afterCommit(followUp: () => void): void {
    this.followUps.push(followUp);
  }

  /** Starts what `beforeCommit` registered. */
  startLastStatements(): Promise<unknown>[] {
    return this.lastStatements.map((start) => start()).filter((running) => running !== undefined);
  }

  runFollowUps(): void {
    for (const followUp of this.followUps) followUp();
  }
}
