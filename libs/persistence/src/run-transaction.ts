import type { PoolClient } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import { CommitOutcomeUnknown, isConnectionError, isStalePlanError } from './database-errors.js';
import type { DatabaseTransaction } from './database-transaction.js';

/**
 * BEGIN, `work`, COMMIT; ROLLBACK and rethrow when `work` fails. The last statements travel with COMMIT, so a
 * transaction of one statement takes three round trips whatever it publishes.
 *
 * @throws CommitOutcomeUnknown when the connection is lost while committing
 */
export async function runTransaction<Tx extends DatabaseTransaction, T>(
  dataSource: DataSource,
  open: (runner: QueryRunner, client: PoolClient) => Tx,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const runner = dataSource.createQueryRunner();
  try {
    const client = (await runner.connect()) as PoolClient;
    await runner.startTransaction();
    const tx = open(runner, client);
    const result = await work(tx);
    await commit(runner, tx);
    tx.runFollowUps();
    return result;
  } catch (error) {
    await abandon(runner, error);
    throw error;
  } finally {
    await runner.release();
  }
}

async function commit(runner: QueryRunner, tx: DatabaseTransaction): Promise<void> {
  const lastStatements = Promise.allSettled(tx.startLastStatements());
  // After a failed statement PostgreSQL answers COMMIT with a rollback, so sending both at once is safe.
  const committed = await runner.commitTransaction().then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const failed = (await lastStatements).find((settled) => settled.status === 'rejected');
  if (failed && !isConnectionError(failed.reason)) throw failed.reason;
  if (committed) throw isConnectionError(committed.error) ? new CommitOutcomeUnknown(committed.error) : committed.error;
  if (failed) throw failed.reason;
}

async function abandon(runner: QueryRunner, error: unknown): Promise<void> {
  try {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    // Its prepared statements stay stale: a new connection has none.
    if (isStalePlanError(error)) await discardConnection(runner, error as Error);
  } catch {
    // The connection is gone, and the server rolls back by itself; the first error is the one that tells why.
  }
}

/** TypeORM keeps this to itself; `release` would put the connection back into the pool. */
const discardConnection = (runner: QueryRunner, reason: Error): Promise<void> =>
  (runner as unknown as { releasePostgresConnection(reason: Error): Promise<void> }).releasePostgresConnection(reason);
