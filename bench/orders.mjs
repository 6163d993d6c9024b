import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePortBase } from '../tools/infrastructure/ports.mjs';
import { until } from '../tools/infrastructure/until.mjs';
import { broken, checkInvariants } from '../tools/shop/invariants.mjs';
import { createShop } from '../tools/shop/shop.mjs';
import { measureFloor } from './measure/floor.mjs';
import { observeFacts } from './measure/observe-facts.mjs';
import { percentiles, round } from './measure/percentiles.mjs';
import { orderPlacer } from './measure/place-orders.mjs';
import { watchProcesses } from './measure/processes.mjs';
import { writeReport } from './measure/report.mjs';

const usage = `npm run bench orders -- [--clients 8,32,128] [--seconds 15] [--saturated 64] [--keep]
  --clients    closed loops: each client places its next order when its last one is confirmed
  --seconds    length of each run
  --saturated  clients that do not wait for confirmation, in a last run; 0 leaves it out
  --keep       keep the data folder, to look at logs and books`;

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    clients: { type: 'string', default: '8,32,128' },
    seconds: { type: 'string', default: '15' },
    saturated: { type: 'string', default: '64' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const clients = values.clients.split(',').map(Number);
const seconds = Number(values.seconds);
const saturated = Number(values.saturated);
if (values.help || [...clients, seconds, saturated].some((value) => !Number.isInteger(value) || value < 0)) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}

const log = (line) => console.log(`  ${line}`);
const shop = createShop({
  portBase: await freePortBase(),
  dataDir: mkdtempSync(join(tmpdir(), 'hookshop-bench-')),
  log,
});

try {
  await shop.start();
  const facts = await observeFacts(shop.description().natsUrl);
  const lone = await loneOrders(facts);
  const runs = [];
  for (const count of clients) runs.push(await run(facts, count, { wait: true }));
  if (saturated > 0) runs.push(await run(facts, saturated, { wait: false }));
  log('measuring the floor');
  const floor = await measureFloor(shop.description().databases.sandbox, {
    clients: 16,
    seconds: Math.min(10, seconds),
  });
  const failures = broken(await checkInvariants(shop.description()));
  await facts.close();
  show(lone, runs, floor, failures);
  process.exitCode = failures.length > 0 ? 1 : 0;
} finally {
  await (values.keep ? shop.stop() : shop.remove());
}

/** One order at a time on an idle shop, after some that warm it up. */
async function loneOrders(facts) {
  const placer = orderPlacer(shop.url('gateway'), shop.keys.shop, { connections: 1 });
  const posts = [];
  const confirmations = [];
  for (let count = 0; count < 150; count += 1) {
    const { status, id, sentAt, answeredAt } = await placer.place();
    if (status !== 201) throw new Error(`An order was answered with ${status}`);
    const confirmedAt = await facts.ended(id);
    if (count < 50) continue;
    posts.push(answeredAt - sentAt);
    confirmations.push(confirmedAt - sentAt);
  }
  await placer.close();
  return { post: percentiles(posts), confirmed: percentiles(confirmations) };
}

async function run(facts, count, { wait }) {
  log(`${count} clients${wait ? '' : ', not waiting for confirmation'}, ${seconds} s`);
  const placer = orderPlacer(shop.url('gateway'), shop.keys.shop, { connections: count });
  const orders = [];
  const refused = {};
  const before = { ...facts.counts };
  const watch = watchProcesses(() => shop.pids());
  const began = performance.now();
  const end = began + seconds * 1000;
  let confirmedInTime = 0;
  const client = async () => {
    while (performance.now() < end) {
      const order = await placer.place();
      if (order.status !== 201) {
        refused[order.status] = (refused[order.status] ?? 0) + 1;
        continue;
      }
      orders.push(order);
      if (wait) await facts.ended(order.id);
    }
  };
  await Promise.all(Array.from({ length: count }, client));
  const placedFor = (performance.now() - began) / 1000;
  confirmedInTime = facts.counts.confirmed - before.confirmed;
  await settled(facts, before, orders.length);
  const lasted = (performance.now() - began) / 1000;
  const { processes, peakMiB } = watch.stop();
  await placer.close();
  return {
    clients: count,
    waits: wait,
    placed: orders.length,
    refused,
    acceptedPerSecond: round(orders.length / placedFor),
    confirmedPerSecond: round(confirmedInTime / placedFor),
    // Through CRM and e-mail: until the last of their work is done.
    completedPerSecond: round(orders.length / lasted),
    post: percentiles(orders.map(({ sentAt, answeredAt }) => answeredAt - sentAt)),
    confirmed: percentiles(orders.map(({ id, sentAt }) => facts.confirmedAt(id) - sentAt)),
    cpuMsPerOrder: round(
      (Object.values(processes).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) * 1000) / orders.length,
      2,
    ),
    processes,
    peakMiB,
  };
}

/** Every order confirmed, every mail sent, every reaction level. */
async function settled(facts, before, placed) {
  const done = await until(
    async () =>
      facts.counts.confirmed - before.confirmed >= placed &&
      facts.counts.mails - before.mails >= placed &&
      (await level()),
    { timeoutMs: 120_000, everyMs: 20 },
  );
  if (!done) throw new Error(`The shop did not come to rest: ${JSON.stringify({ placed, before, now: facts.counts })}`);
}

async function level() {
  const answer = await fetch(`${shop.url('gateway')}/v1/consumers`, {
    headers: { authorization: `Bearer ${shop.keys.admin}` },
  });
  const { data } = await answer.json();
  return data.every(({ pending, inFlight }) => pending + inFlight === 0);
}

function show(lone, runs, floor, failures) {
  console.log('\nA lone order (ms)');
  console.table({ POST: lone.post, 'place → confirmed': lone.confirmed });
  console.log('Under load');
  console.table(
    runs.map((one) => ({
      clients: `${one.clients}${one.waits ? '' : ' saturating'}`,
      'accepted/s': one.acceptedPerSecond,
      'confirmed/s': one.confirmedPerSecond,
      'completed/s': one.completedPerSecond,
      '% of floor': round((100 * one.completedPerSecond) / floor.ordersPerSecond),
      'POST p50/p95/p99': `${one.post.p50}/${one.post.p95}/${one.post.p99}`,
      'confirmed p50/p95/p99': `${one.confirmed.p50}/${one.confirmed.p95}/${one.confirmed.p99}`,
      'CPU ms/order': one.cpuMsPerOrder,
      'peak MiB': one.peakMiB,
      refused: JSON.stringify(one.refused),
    })),
  );
  console.log(`Floor: ${floor.ordersPerSecond} orders/s, the same rows in one transaction per step (${floor.by})`);
  console.log('CPU ms per order and peak MiB, by process');
  console.table(
    Object.fromEntries(
      Object.keys(runs[0].processes).map((name) => [
        name,
        Object.fromEntries(
          runs.map(({ clients: count, waits, processes, placed }) => [
            `${count}${waits ? '' : ' sat.'}`,
            `${round((processes[name].cpuSeconds * 1000) / placed, 2)} / ${processes[name].peakMiB}`,
          ]),
        ),
      ]),
    ),
  );
  console.log(failures.length === 0 ? 'Every invariant holds.' : `BROKEN:\n  ${failures.join('\n  ')}`);
  console.log(`Written to ${writeReport('orders', { lone, runs, floor, failures })}`);
}
