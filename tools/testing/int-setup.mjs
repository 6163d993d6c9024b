import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { natsBinary } from '../infrastructure/nats-binary.mjs';
import { freePort } from '../infrastructure/ports.mjs';
import { startPostgres } from '../infrastructure/postgres.mjs';
import { scratchFolder } from './scratch-folder.mjs';

/** One PostgreSQL for the run; every spec makes its own databases in it. Workers learn of it from the environment. */
export default async function setUp() {
  // Found or fetched once, not by every worker at the same moment.
  process.env.NATS_SERVER = await natsBinary(process.env, (line) => console.log(line));
  const postgres = await startPostgres({
    dataDir: scratchFolder().folder,
    port: await freePort(),
    fsync: false,
    // Its workers belong to a superuser: a database in which one is at work cannot be dropped by who made it.
    settings: { autovacuum: 'off' },
  });
  globalThis.hookshopTestPostgres = postgres;
  process.env.HOOKSHOP_TEST_POSTGRES_URL = await testerUrl(postgres.adminUrl);
}

/** A role that may make databases and nothing else: specs must not lean on rights that services do not have. */
async function testerUrl(adminUrl) {
  const url = new URL(adminUrl);
  url.username = 'tester';
  url.password = randomBytes(16).toString('hex');
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query(`CREATE ROLE tester LOGIN CREATEDB PASSWORD '${url.password}'`);
  await admin.end();
  return url.href;
}
