import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePortBase } from '../tools/infrastructure/ports.mjs';
import { createShop } from '../tools/shop/shop.mjs';
import { faultsIn, openBooks } from './measure/inbound-books.mjs';
import { measureInboundFloor } from './measure/inbound-floor.mjs';
import { round } from './measure/percentiles.mjs';
import { watchProcesses } from './measure/processes.mjs';
import { writeReport } from './measure/report.mjs';
import { startSender } from './measure/start-sender.mjs';

const usage = `npm run bench inbound -- [--rate 200] [--steady 30] [--connections 64] [--seconds 15] [--gateway-only] [--keep]
  --rate          webhooks a second that are due in the steady run, whatever becomes of them
  --steady        length of the steady run in seconds
  --connections   of the saturating runs: each sends its next webhook when its last one is answered
  --seconds       length of each saturating run: new ones, duplicates, refused ones
  --gateway-only  no other services, so that nobody reacts to what is taken
  --keep          keep the data folder, to look at logs and books`;

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    rate: { type: 'string', default: '200' },
    steady: { type: 'string', default: '30' },
    connections: { type: 'string', default: '64' },
    seconds: { type: 'string', default: '15' },
    'gateway-only': { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [rate, steady, connections, seconds] = ['rate', 'steady', 'connections', 'seconds'].map((name) =>
  Number(values[name]),
);
const gatewayOnly = values['gateway-only'];
if (values.help || ![rate, steady, connections, seconds].every((value) => Number.isInteger(value) && value > 0)) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}

const TARGET = { p99: 20, perSecond: 1_500 };
const MOST_FAILURES = 100_000;
const WARMING = 3_000;
/** Longer than any run: looking at the processes' memory holds them up, and would be seen in the latencies. */
const WATCH_MS = 3_600_000;
const secret = `whsec_${randomBytes(24).toString('hex')}`;
const run = randomBytes(6).toString('hex');
const log = (line) => console.log(`  ${line}`);
const sender = startSender();
const bareServer = fork(join(import.meta.dirname, 'measure', 'receiver.mjs'));
const [{ port }] = await once(bareServer, 'message');
const shop = createShop({
  portBase: await freePortBase(),
  dataDir: mkdtempSync(join(tmpdir(), 'hookshop-bench-')),
  // Genuine ones are never counted: for them the limit makes no difference.
  env: { STRIPE_WEBHOOK_SECRET: secret, INBOUND_FAILURES_PER_MINUTE: String(MOST_FAILURES) },
  ...(gatewayOnly && { services: ['gateway'] }),
  log,
});
/** Of all runs together. */
const answers = {};
let events = 0;

try {
  await shop.start();
  const books = await openBooks(shop.description());
  const all = { connections, secret, seconds };
  await part(books, { name: 'warming up', expects: 202, ...all, most: WARMING });
  const parts = [
    await part(books, { name: `${rate}/s, steady`, expects: 202, ...all, perSecond: rate, seconds: steady }),
    await part(books, { name: 'saturated, new', expects: 202, ...all }),
    await part(books, { name: 'saturated, duplicates', expects: 200, ...all, from: 0, distinct: events }),
    await part(books, {
      name: 'saturated, refused',
      expects: 401,
      ...all,
      secret: `${secret}x`,
      most: MOST_FAILURES - 10 * connections,
    }),
  ];
  await books.close();
  show(parts, await measureFloors(parts[1].group));
  process.exitCode = parts.some(({ faults }) => faults.length > 0) ? 1 : 0;
} finally {
  sender.close();
  bareServer.disconnect();
  await (values.keep ? shop.stop() : shop.remove());
}

/** Sends as planned, waits until the shop is at rest again, and holds its books against the answers. */
async function part(books, { name, expects, from = events, ...plan }) {
  log(name);
  const before = await books.read();
  const watch = watchProcesses(() => ({ ...shop.pids(), sender: sender.pid }), WATCH_MS);
  const outcome = await sender.send({ url: `${shop.url('gateway')}/hooks/stripe`, run, from, ...plan });
  const answered = performance.now();
  const rested = await books.atRest();
  const restedAfterSeconds = (performance.now() - answered) / 1_000;
  const { processes } = watch.stop();
  const after = await books.read();
  if (from === events) events += outcome.sent;
  for (const [status, count] of Object.entries(outcome.statuses)) answers[status] = (answers[status] ?? 0) + count;
  const { [expects]: expected = 0, ...others } = outcome.statuses;
  const stored = after.received + after.duplicate - before.received - before.duplicate;
  const faults = [...(rested ? [] : ['the shop did not come to rest']), ...faultsIn(after, answers)];
  return {
    name,
    expects,
    ...outcome,
    perSecond: round(expected / outcome.seconds),
    others,
    restedAfterSeconds: round(restedAfterSeconds, 2),
    group: round(stored / Math.max(1, after.transactions - before.transactions)),
    cpuMs: Object.fromEntries(
      Object.entries(processes).map(([process, { cpuSeconds }]) => [
        process,
        round((cpuSeconds * 1_000) / outcome.sent, 3),
      ]),
    ),
    books: after,
    faults,
  };
}

async function measureFloors(group) {
  const length = Math.min(10, seconds);
  log('the floor: a bare pg client, the same rows');
  const database = await measureInboundFloor(shop.description().databases.gateway, {
    group: Math.max(1, Math.round(group)),
    seconds: length,
  });
  log('the floor: the same requests to a bare HTTP server');
  const plan = { url: `http://127.0.0.1:${port}/hook`, secret, run, from: events, connections, seconds: length };
  const { sent, seconds: lasted, latency } = await sender.send(plan);
  return { database, http: { perSecond: round(sent / lasted), latency } };
}

function show(parts, floors) {
  console.log(`\nPOST /hooks/stripe, events of 1 KB, ${gatewayOnly ? 'only the gateway' : 'the whole shop'} running`);
  console.table(
    parts.map(({ name, expects, perSecond, latency, others, group, restedAfterSeconds }) => ({
      run: name,
      answer: expects,
      'answers/s': perSecond,
      'p50/p95/p99/max ms': Object.values(latency).join('/'),
      'in a transaction': expects === 401 ? '' : group,
      'at rest after s': restedAfterSeconds,
      'other answers': JSON.stringify(others),
    })),
  );
  const [calm, saturated] = parts;
  console.log(
    `Latency at ${rate}/s counts from when a webhook was due; of it the sender was late by ` +
      `${calm.late.p50}/${calm.late.p99}/${calm.late.max} ms (p50/p99/max).`,
  );
  console.log('CPU ms per message, until the last reaction to it');
  console.table(Object.fromEntries(parts.map(({ name, cpuMs }) => [name, cpuMs])));
  const { database, http } = floors;
  console.log(
    `Floors: ${database.perSecond}/s the same rows by a bare pg client, ${database.group} in a transaction; ` +
      `${http.perSecond}/s the same requests to a bare HTTP server that stores nothing. ` +
      `The sender's own work is part of every figure: it shares the machine.`,
  );
  console.log(
    `p99 ${calm.latency.p99} ms (at most ${TARGET.p99}: ${met(calm.latency.p99 <= TARGET.p99)}); ` +
      `${saturated.perSecond}/s taken (at least ${TARGET.perSecond}: ${met(saturated.perSecond >= TARGET.perSecond)}), ` +
      `${round((100 * saturated.perSecond) / database.perSecond)} % of what the bare pg client stores`,
  );
  const faults = parts.flatMap((one) => one.faults.map((fault) => `after "${one.name}": ${fault}`));
  console.log(faults.length === 0 ? 'Every invariant holds.' : `BROKEN:\n  ${faults.join('\n  ')}`);
  const report = { rate, steady, connections, seconds, gatewayOnly, target: TARGET, parts, floors, faults };
  console.log(`Written to ${writeReport('inbound', report)}`);
}

function met(holds) {
  return holds ? 'met' : 'MISSED';
}
