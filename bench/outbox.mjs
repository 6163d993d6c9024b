import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { freePortBase } from '../tools/infrastructure/ports.mjs';
import { until } from '../tools/infrastructure/until.mjs';
import { createShop } from '../tools/shop/shop.mjs';
import { fillOutbox } from './measure/fill-outbox.mjs';
import { round } from './measure/percentiles.mjs';
import { writeReport } from './measure/report.mjs';
import { startOutboxService } from './measure/start-outbox-service.mjs';
import { readStream } from './measure/stream-books.mjs';

const usage = `npm run bench outbox -- [--backlog 0,100000,1000000] [--seconds 10] [--keep]
  --backlog  facts that lie in the outbox behind a broker that is paused, by tens
  --seconds  length of each run
  --keep     keep the data folder`;

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    backlog: { type: 'string', default: '0,100000,1000000' },
    seconds: { type: 'string', default: '10' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const backlogs = values.backlog.split(',').map(Number);
const seconds = Number(values.seconds);
if (
  values.help ||
  !backlogs.every((count) => Number.isInteger(count) && count >= 0 && count % 10 === 0) ||
  !(Number.isInteger(seconds) && seconds > 0)
) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}

const LONE = 300;
/** As many as the relay has in flight, where it has enough. */
const MANY = 512;
const WAIT_MS = 60_000;
/** The sweep pauses half a second before it begins. */
const WORTH_TIMING = 10_000;
/** A drain that stands still for so long is over. */
const STILL_MS = 60_000;
const log = (line) => console.log(`  ${line}`);
const now = () => performance.now();
// The servers of the shop, and none of its services.
const shop = createShop({
  portBase: await freePortBase(),
  dataDir: mkdtempSync(join(tmpdir(), 'hookshop-bench-')),
  services: [],
  log,
});
let service;

try {
  await shop.start();
  const { natsUrl, databases } = shop.description();
  const client = new pg.Client({ connectionString: databases.order });
  await client.connect();
  service = await startOutboxService({ natsUrl, databaseUrl: databases.order });
  log('warming up');
  await service.do('publish', { clients: 64, factsEach: 1, seconds: 3 });
  await service.do('publishBare', { inFlight: MANY, seconds: 3 });
  const idle = await measureIdle();
  const flow = await measureFlow();
  const filled = {};
  const paused = [];
  for (const backlog of backlogs) paused.push(await measurePaused(client, backlog, filled));
  log('reading the stream');
  const books = await readStream(natsUrl, { ...filled, ...(await service.do('ledger')) });
  const left = await count(client);
  const faults = [...books.faults, ...(left === 0 ? [] : [`${left} facts are left in the outbox`])];
  await client.end();
  show({ idle, flow, paused, facts: books.facts, faults });
  process.exitCode = faults.length > 0 ? 1 : 0;
} finally {
  service?.close();
  signalBroker('SIGCONT');
  await (values.keep ? shop.stop() : shop.remove());
}

/** One at a time: what the outbox adds to a lone fact. */
async function measureIdle() {
  log('a lone fact');
  const { latency } = await service.do('publishBare', { inFlight: 1, seconds: 30, most: LONE });
  const { transaction, added } = await service.do('publish', { clients: 1, factsEach: 1, seconds: 30, most: LONE });
  return {
    'floor: publish alone, until PubAck': latency,
    'transaction, until commit': transaction,
    'commit → PubAck': added,
  };
}

async function measureFlow() {
  const rows = [];
  for (const [clients, factsEach] of [
    [8, 1],
    [64, 1],
    [8, 64],
  ]) {
    log(`${clients} clients, ${factsEach} facts in a transaction`);
    const inFlight = Math.min(MANY, clients * factsEach);
    const floor = await service.do('publishBare', { inFlight, seconds });
    const outbox = await service.do('publish', { clients, factsEach, seconds });
    rows.push({
      clients,
      factsEach,
      ...outbox,
      floor: floor.perSecond,
      ofFloor: round((100 * outbox.perSecond) / floor.perSecond),
    });
  }
  return rows;
}

/** The broker takes nothing while facts lie there and others are stated; then it takes them all. */
async function measurePaused(client, backlog, filled) {
  log(`${backlog} facts behind a paused broker`);
  signalBroker('SIGSTOP');
  if (!(await until(async () => (await service.do('away')).away, { timeoutMs: WAIT_MS }))) {
    throw new Error('The service does not notice that the broker is paused');
  }
  if (backlog > 0) Object.assign(filled, await fillOutbox(client, backlog));
  const away = await service.do('publish', { clients: 8, factsEach: 1, seconds, wait: false });
  const waiting = await count(client);
  log(`the broker goes on: ${waiting} facts wait for it`);
  const resumedAt = now();
  signalBroker('SIGCONT');
  await until(async () => !(await service.do('away')).away, { timeoutMs: WAIT_MS });
  const beside = await service.do('publish', { clients: 8, factsEach: 1, seconds, wait: true });
  const left = await count(client);
  const quietAt = now();
  await drained(client);
  return {
    backlog,
    away,
    waiting,
    beside,
    left,
    besidePerSecond: rate(waiting - left, resumedAt, quietAt),
    alonePerSecond: left < WORTH_TIMING ? undefined : rate(left, quietAt, now()),
    drainedAfter: round((now() - resumedAt) / 1_000, 2),
  };
}

function rate(facts, from, to) {
  return Math.round((facts * 1_000) / (to - from));
}

async function drained(client) {
  let [known, movedAt] = [Infinity, now()];
  for (;;) {
    const left = await count(client);
    if (left === 0) return;
    if (left < known) [known, movedAt] = [left, now()];
    else if (now() - movedAt > STILL_MS) throw new Error(`The outbox does not drain: ${left} facts are left`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function count(client) {
  return (await client.query('SELECT count(*)::int AS count FROM outbox')).rows[0].count;
}

function signalBroker(signal) {
  const { nats } = shop.pids();
  if (nats !== undefined) process.kill(nats, signal);
}

function show({ idle, flow, paused, facts, faults }) {
  const text = ({ p50, p95, p99 }) => `${p50}/${p95}/${p99}`;
  console.log('\nA lone fact of 1 KB (ms)');
  console.table(idle);
  console.log('Each client goes on when the broker has acknowledged what it committed (p50/p95/p99 in ms)');
  console.table(
    flow.map(({ clients, factsEach, perSecond, floor, ofFloor, transaction, added }) => ({
      clients,
      'facts in a transaction': factsEach,
      'facts/s': perSecond,
      'publish alone/s': floor,
      '% of it': ofFloor,
      'until commit': text(transaction),
      'commit → PubAck': text(added),
    })),
  );
  console.log('8 clients, a fact in a transaction, beside facts that lie in the outbox (p50/p95/p99 in ms)');
  const [{ floor }] = flow.slice(-1);
  console.table(
    paused.map(({ backlog, waiting, away, beside, besidePerSecond, alonePerSecond, drainedAfter }) => ({
      filled: backlog,
      'lying there': waiting,
      'broker paused: until commit': text(away.transaction),
      'transactions/s': away.perSecond,
      'draining: until commit': text(beside.transaction),
      'commit → PubAck': text(beside.added),
      'drained/s beside them': besidePerSecond,
      'drained/s alone': alonePerSecond ?? '',
      '% of publish alone': alonePerSecond ? round((100 * alonePerSecond) / floor) : '',
      'all after s': drainedAfter,
    })),
  );
  const verdict = `All ${facts} facts are in the stream, each once and in order, and the outbox is empty.`;
  console.log(faults.length === 0 ? verdict : `BROKEN:\n  ${faults.join('\n  ')}`);
  console.log(`Written to ${writeReport('outbox', { seconds, idle, flow, paused, facts, faults })}`);
}
