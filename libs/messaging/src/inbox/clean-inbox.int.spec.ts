import { createLogger } from '@hookshop/observability';
import { Database, openDataSource } from '@hookshop/persistence';
import { testDatabase, type TestDatabase } from '@hookshop/testing';
import { messagingMigrations } from '../migrations/index.js';
import { cleanInbox } from './clean-inbox.js';

const KEEP_DAYS = 14;
const FACTS_A_DAY = 2_000;
let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await testDatabase();
  const log = createLogger('messaging', { logLevel: 'fatal', nodeEnv: 'test' });
  const options = { url: server.url, entities: [], migrations: messagingMigrations };
  database = new Database(await openDataSource(options, log));
});

afterAll(async () => {
  await database.onApplicationShutdown();
  await server.drop();
});

const handle = (daysAgo: number) =>
  database.query(
    `INSERT INTO inbox (reaction, event_id, received_at)
     SELECT 'note', uuidv7(), now() - $1 * interval '1 day' FROM generate_series(1, $2::int)`,
    [daysAgo, FACTS_A_DAY],
  );

/** What is asked one after the other goes by one connection, which tells at once what it counted. */
async function pagesRead(): Promise<number> {
  await database.query('SELECT pg_stat_force_next_flush()');
  const [row] = await database.query<{ pages: number }>(
    `SELECT (heap_blks_read + heap_blks_hit)::int AS pages FROM pg_statio_user_tables WHERE relname = 'inbox'`,
  );
  return row!.pages;
}

describe('cleanInbox', () => {
  it('forgets what is old and reads nothing else, although young events lie where forgotten ones lay', async () => {
    for (const daysAgo of [16, 15, 2]) await handle(daysAgo);

    expect(await cleanInbox(database, KEEP_DAYS, 5_000)).toBe(2 * FACTS_A_DAY);

    await database.query('VACUUM (ANALYZE) inbox');
    for (const daysAgo of [1, 0]) await handle(daysAgo);
    await database.query('VACUUM (ANALYZE) inbox');
    const before = await pagesRead();
    expect(await cleanInbox(database, KEEP_DAYS, 5_000)).toBe(0);
    expect((await pagesRead()) - before).toBeLessThan(5);
  });
});
