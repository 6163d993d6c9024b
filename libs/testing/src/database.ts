import { randomUUID } from 'node:crypto';
import pg from 'pg';

export interface TestDatabase {
  url: string;
  query<T>(sql: string, values?: unknown[]): Promise<T[]>;
  /** Ends every session in it and removes it. */
  drop(): Promise<void>;
}

/** A new empty database, owned by a role without further rights, on the PostgreSQL of this test run. */
export async function testDatabase(): Promise<TestDatabase> {
  const serverUrl = process.env['HOOKSHOP_TEST_POSTGRES_URL'];
  if (!serverUrl) throw new Error('There is no PostgreSQL in this test run: name the spec *.int.spec.ts');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await once(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 4, allowExitOnIdle: true });
  // Dropping the database ends idle sessions of this pool; that is no failure of the test.
  pool.on('error', () => undefined);

  return {
    url: url.href,
    query: async <T>(sql: string, values: unknown[] = []) => (await pool.query(sql, values)).rows as T[],
    async drop() {
      await pool.end();
      await once(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

async function once(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
