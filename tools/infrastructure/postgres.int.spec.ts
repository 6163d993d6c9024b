import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@hookshop/testing';
import pg from 'pg';
import { scratchFolder } from '../testing/scratch-folder.mjs';
import { ensureDatabases } from './databases.mjs';
import { freePort } from './ports.mjs';
import { startPostgres } from './postgres.mjs';

const scratch = scratchFolder();
let postgres: Awaited<ReturnType<typeof startPostgres>>;
let urls: Record<string, string>;

beforeAll(async () => {
  postgres = await startPostgres({ dataDir: join(scratch.folder, 'postgres'), port: await freePort(), fsync: false });
  urls = await ensureDatabases(postgres.adminUrl, ['order', 'payment']);
});

afterAll(async () => {
  await postgres.remove();
  scratch.remove();
});

async function ask<T>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as T[];
  } finally {
    await client.end();
  }
}

describe('ensureDatabases', () => {
  it('lets a role into its own database', async () => {
    expect(await ask(urls['order']!, 'SELECT current_user, current_database()')).toEqual([
      { current_user: 'order', current_database: 'order' },
    ]);
  });

  it.each(['payment', 'postgres', 'template1'])('keeps the role of another service out of %s', async (database) => {
    const url = new URL(urls['order']!);
    url.pathname = database;

    await expect(ask(url.href, 'SELECT 1')).rejects.toMatchObject({ code: '42501' });
  });

  it('refuses a wrong password', async () => {
    const url = new URL(urls['order']!);
    url.password = 'guessed';

    await expect(ask(url.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('leaves no password in the log of a server that logs every statement', async () => {
    await ask(postgres.adminUrl, "ALTER SYSTEM SET log_statement = 'all'");
    await ask(postgres.adminUrl, 'SELECT pg_reload_conf()');
    await eventually(() => ask(postgres.adminUrl, 'SHOW log_statement'), [{ log_statement: 'all' }]);
    const { crm } = await ensureDatabases(postgres.adminUrl, ['crm']);
    await ask(crm!, 'SELECT 4711');

    const log = readFileSync(postgres.logFile, 'utf8');
    expect(log).toContain('SELECT 4711');
    expect(log).not.toContain(new URL(crm!).password);
  });

  it('changes nothing when it is done again', async () => {
    await ask(urls['order']!, 'CREATE TABLE kept (id int)');

    expect(await ensureDatabases(postgres.adminUrl, ['order', 'payment'])).toEqual(urls);
    expect(await ask(urls['order']!, 'SELECT * FROM kept')).toEqual([]);
  });
});

describe('startPostgres', () => {
  it('keeps its password for its owner', () => {
    const file = join(scratch.folder, 'postgres', 'admin-password');

    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('keeps what was committed when it is killed', async () => {
    await ask(urls['payment']!, 'CREATE TABLE charges (id int); INSERT INTO charges VALUES (1)');

    await postgres.kill();
    await expect(ask(urls['payment']!, 'SELECT 1')).rejects.toThrow();
    await postgres.start();

    expect(await ask(urls['payment']!, 'SELECT id FROM charges')).toEqual([{ id: 1 }]);
  });

  it('refuses a folder on which another one still runs', async () => {
    await expect(
      startPostgres({ dataDir: join(scratch.folder, 'postgres'), port: await freePort(), fsync: false }),
    ).rejects.toThrow(`(process ${postgres.pid}) still runs on`);
  });

  it('flushes to disk unless it is told not to', async () => {
    const other = scratchFolder();
    const durable = await startPostgres({ dataDir: join(other.folder, 'postgres'), port: await freePort() });

    expect(await ask(durable.adminUrl, "SELECT current_setting('fsync') AS fsync")).toEqual([{ fsync: 'on' }]);

    await durable.remove();
    other.remove();
  });

  it('says what to do about a broken data folder', async () => {
    const other = scratchFolder();
    const options = { dataDir: join(other.folder, 'postgres'), port: await freePort(), fsync: false };
    const broken = await startPostgres(options);
    await broken.stop();

    const cluster = join(options.dataDir, 'cluster');
    rmSync(join(cluster, 'global', 'pg_control'));
    await expect(startPostgres(options)).rejects.toThrow('could not find the database system');
    await expect(startPostgres(options)).rejects.toThrow('delete the data folder');

    writeFileSync(join(cluster, 'PG_VERSION'), '9.6\n');
    await expect(startPostgres(options)).rejects.toThrow('made by PostgreSQL 9.6, and this is PostgreSQL 18');

    await broken.remove();
    expect(readdirSync(other.folder)).toEqual([]);
    other.remove();
  });
});
