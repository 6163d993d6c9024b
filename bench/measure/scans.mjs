import pg from 'pg';
import { round } from './percentiles.mjs';

/** Fewer rows an order than this are small tables that nobody needs to search by an index. */
const WORTH_TELLING = 50;

/** How many rows every table gave to sequential scans so far. */
export async function readScans(databases) {
  const scans = {};
  for (const [service, connectionString] of Object.entries(databases)) {
    const client = new pg.Client({ connectionString });
    await client.connect();
    const { rows } = await client.query('SELECT relname, seq_tup_read::float8 AS read FROM pg_stat_user_tables');
    for (const { relname, read } of rows) scans[`${service}.${relname}`] = read;
    await client.end();
  }
  return scans;
}

/** Per order, of those tables where it is worth telling. */
export const scansBetween = (before, after, orders) =>
  Object.fromEntries(
    Object.entries(after)
      .map(([table, read]) => [table, round((read - (before[table] ?? 0)) / orders)])
      .filter(([, read]) => read >= WORTH_TELLING),
  );
