import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import pg from 'pg';
import { scratchFolder } from '../testing/scratch-folder.mjs';
import { root } from '../workspace/root.mjs';
import { ensureDatabases } from './databases.mjs';
import { freePort } from './ports.mjs';
import { startPostgres } from './postgres.mjs';

const names = ['order', 'payment'];
const scratch = scratchFolder();
afterAll(() => scratch.remove());

/** A machine without psql has one that understands this script. */
function pathWithPsql(): string {
  const path = process.env['PATH']!;
  if (spawnSync('psql', ['--version']).status === 0) return path;
  const folder = join(scratch.folder, 'bin');
  mkdirSync(folder, { recursive: true });
  symlinkSync(join(root, 'tools', 'infrastructure', 'testing', 'psql.mjs'), join(folder, 'psql'));
  return [folder, path].join(delimiter);
}

function runScript(adminUrl: string): Promise<Record<string, string>> {
  const { hostname: PGHOST, port: PGPORT, password } = new URL(adminUrl);
  const env = {
    PATH: pathWithPsql(),
    PGHOST,
    PGPORT,
    PGPASSWORD: decodeURIComponent(password),
    DATABASES: names.join(' '),
  };
  const { status, stderr } = spawnSync('sh', [join(root, 'docker', 'postgres', 'create-databases.sh')], { env });
  expect([status, stderr.toString()]).toEqual([0, '']);
  const urls = names.map((name) => [name, `postgres://${name}:demo-${name}@${PGHOST}:${PGPORT}/${name}`]);
  return Promise.resolve(Object.fromEntries(urls) as Record<string, string>);
}

describe.each([
  ['npm start', (adminUrl: string) => ensureDatabases(adminUrl, names)],
  ['docker compose or k8s/overlays/local', runScript],
])('the role of a service, as %s makes it,', (way, make) => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  let urls: Record<string, string>;

  beforeAll(async () => {
    const dataDir = join(scratch.folder, way.replaceAll(/\W/g, '-'));
    postgres = await startPostgres({ dataDir, port: await freePort(), fsync: false });
    urls = await make(postgres.adminUrl);
  }, 120_000);
  afterAll(() => postgres?.remove());

  async function ask(sql: string, database = 'order'): Promise<unknown[]> {
    const url = new URL(urls['order']!);
    url.pathname = database;
    const client = new pg.Client({ connectionString: url.href });
    try {
      await client.connect();
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  it('owns its database', async () => {
    await ask('CREATE TABLE orders (id int)');

    expect(await ask('SELECT current_user AS role, current_database() AS database FROM pg_tables LIMIT 1')).toEqual([
      { role: 'order', database: 'order' },
    ]);
  });

  it.each(['payment', 'postgres', 'template1'])('does not get into %s', async (database) => {
    await expect(ask('SELECT 1', database)).rejects.toMatchObject({ code: '42501' });
  });

  it.each([
    'CREATE ROLE more',
    'CREATE DATABASE more',
    'ALTER ROLE "order" SUPERUSER',
    "ALTER ROLE payment PASSWORD 'guessed'",
    'SET ROLE payment',
    'DROP DATABASE payment',
    "ALTER SYSTEM SET work_mem = '1GB'",
    "SELECT pg_read_file('PG_VERSION')",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    'SELECT * FROM pg_authid',
  ])('may not: %s', async (sql) => {
    await expect(ask(sql)).rejects.toMatchObject({ code: '42501' });
  });

  it('stays as it is when it is made again', async () => {
    await ask('CREATE TABLE kept (id int)');

    expect(await make(postgres.adminUrl)).toEqual(urls);
    expect(await ask('SELECT * FROM kept')).toEqual([]);
  });
});
