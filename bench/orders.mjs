import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePortBase } from '../tools/infrastructure/ports.mjs';
import { broken, checkInvariants } from '../tools/shop/invariants.mjs';
import { createShop } from '../tools/shop/shop.mjs';
import { measureFloor } from './measure/floor.mjs';
import { orderLoad } from './measure/order-load.mjs';
import { round } from './measure/percentiles.mjs';
import { writeReport } from './measure/report.mjs';

const usage = `npm run bench orders -- [--clients 8,32,128] [--seconds 15] [--saturated 64] [--keep]
  --clients    closed loops: each client places its next order when its last one is confirmed
  --seconds    length of each run
  --saturated  clients that do not wait for confirmation, in a last run; 0 leaves it out
  --keep       keep the data folder, to look at logs and books
The first 3,000 orders are thrown away: with them ten processes compile what they do most, and their tables get
statistics.`;

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

let load;

try {
  await shop.start();
  load = await orderLoad(shop, log);
  await load.warmUp();
  log('a lone order');
  const lone = await load.lone(100);
  const runs = [];
  for (const count of clients) runs.push(await load.run(count, { seconds, wait: true }));
  if (saturated > 0) runs.push(await load.run(saturated, { seconds, wait: false }));
  log('measuring the floor');
  const floor = await measureFloor(shop.description().databases.sandbox, {
    clients: 16,
    seconds: Math.min(10, seconds),
  });
  const failures = [...(await load.faults()), ...broken(await checkInvariants(shop.description()))];
  show(lone, runs, floor, failures);
  process.exitCode = failures.length > 0 ? 1 : 0;
} finally {
  await load?.close();
  await (values.keep ? shop.stop() : shop.remove());
}

function show(lone, runs, floor, failures) {
  console.log('\nA lone order (ms)');
  console.table({ POST: lone.post, 'place → confirmed': lone.confirmed, 'place → webhook received': lone.webhook });
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
      'webhook p50/p95/p99': `${one.webhook.p50}/${one.webhook.p95}/${one.webhook.p99}`,
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
