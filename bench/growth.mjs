import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePortBase } from '../tools/infrastructure/ports.mjs';
import { broken, checkInvariants } from '../tools/shop/invariants.mjs';
import { createShop } from '../tools/shop/shop.mjs';
import { openPast } from './measure/fill-orders.mjs';
import { orderLoad } from './measure/order-load.mjs';
import { round } from './measure/percentiles.mjs';
import { writeReport } from './measure/report.mjs';
import { readScans, scansBetween } from './measure/scans.mjs';

const usage = `npm run bench growth -- [--stored 0,100000,1000000] [--recent 100000] [--clients 32] [--seconds 15] [--explain 0] [--keep]
  --stored   orders in every service's database, ascending, by tens: one row of the table below each
  --recent   so many of them are young: what services forget after a time (inboxes, webhooks, idempotency keys) is
             there of these only. 1000000 recent ones take about 50 GB
  --clients  closed loops: each client places its next order when its last one is confirmed
  --seconds  length of each run
  --explain  plans of statements that take so many milliseconds go to the log of PostgreSQL; 0: none. Use with --keep
  --keep     keep the data folder, to look at logs and books
The first 3,000 orders are thrown away: with them ten processes compile what they do most, and their tables get
statistics.`;

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    stored: { type: 'string', default: '0,100000,1000000' },
    recent: { type: 'string', default: '100000' },
    clients: { type: 'string', default: '32' },
    seconds: { type: 'string', default: '15' },
    explain: { type: 'string', default: '0' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
/** Real orders whose rows are the model of all others. */
const MODELS = 10;
const stored = values.stored.split(',').map(Number);
const [recent, clients, seconds, explain] = ['recent', 'clients', 'seconds', 'explain'].map((name) =>
  Number(values[name]),
);
const most = Math.max(...stored);
if (
  values.help ||
  ![...stored, recent, clients, seconds, explain].every((value) => Number.isInteger(value) && value >= 0) ||
  stored.some((count, index) => count % MODELS !== 0 || count < (stored[index - 1] ?? 0))
) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}

const log = (line) => console.log(`  ${line}`);
const shop = createShop({
  portBase: await freePortBase(),
  dataDir: mkdtempSync(join(tmpdir(), 'hookshop-bench-')),
  ...(explain > 0 && {
    postgresSettings: { shared_preload_libraries: 'auto_explain', 'auto_explain.log_min_duration': explain },
  }),
  log,
});
let load;
let past;

try {
  await shop.start();
  const { databases } = shop.description();
  load = await orderLoad(shop, log);
  await load.settled();
  past = await openPast(databases, { most, recent: Math.min(most, recent) });
  await load.lone(MODELS);
  await past.learn(MODELS);
  await load.warmUp();
  const runs = [];
  for (const count of stored) {
    if (count > 0) await fill(past, count);
    const before = await readScans(databases);
    const run = await load.run(clients, { seconds, wait: true });
    runs.push({ stored: count, ...run, scans: scansBetween(before, await readScans(databases), run.placed) });
  }
  log('checking what was placed');
  const present = { ...shop.description(), databases: await past.withoutPast() };
  const failures = [...(await load.faults()), ...broken(await checkInvariants(present))];
  show(runs, failures);
  process.exitCode = failures.length > 0 ? 1 : 0;
} finally {
  await Promise.all([load?.close(), past?.close()]);
  await (values.keep ? shop.stop() : shop.remove());
}

async function fill(past, count) {
  log(`filling up to ${count} orders`);
  const began = performance.now();
  await past.fillTo(count, log);
  log(`filled in ${round((performance.now() - began) / 1_000)} s`);
}

function show(runs, failures) {
  const [floor] = runs;
  const ofFloor = (value, bare) => round((100 * value) / bare);
  console.log(`\n${clients} clients; % of the first row`);
  console.table(
    runs.map((one) => ({
      stored: one.stored,
      'confirmed/s': one.confirmedPerSecond,
      '%': ofFloor(one.confirmedPerSecond, floor.confirmedPerSecond),
      'confirmed p50/p95/p99': `${one.confirmed.p50}/${one.confirmed.p95}/${one.confirmed.p99}`,
      'p99 %': ofFloor(one.confirmed.p99, floor.confirmed.p99),
      'CPU ms/order': one.cpuMsPerOrder,
      'of it PostgreSQL': round((one.processes.postgres.cpuSeconds * 1_000) / one.placed, 2),
      'PostgreSQL %': ofFloor(
        one.processes.postgres.cpuSeconds / one.placed,
        floor.processes.postgres.cpuSeconds / floor.placed,
      ),
      refused: JSON.stringify(one.refused),
    })),
  );
  console.log('Rows read by scans of whole tables, per order placed: what grows is read without an index');
  const tables = [...new Set(runs.flatMap(({ scans }) => Object.keys(scans)))];
  console.table(
    Object.fromEntries(
      tables.map((table) => [table, Object.fromEntries(runs.map((one) => [one.stored, one.scans[table] ?? 0]))]),
    ),
  );
  console.log(
    failures.length === 0 ? 'Every invariant holds for the orders placed.' : `BROKEN:\n  ${failures.join('\n  ')}`,
  );
  console.log(`Written to ${writeReport('growth', { clients, seconds, recent, runs, failures })}`);
}
