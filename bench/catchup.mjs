import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePortBase } from '../tools/infrastructure/ports.mjs';
import { until } from '../tools/infrastructure/until.mjs';
import { broken, checkInvariants } from '../tools/shop/invariants.mjs';
import { findServices } from '../tools/shop/services.mjs';
import { createShop } from '../tools/shop/shop.mjs';
import { root } from '../tools/workspace/root.mjs';
import { openBacklog } from './measure/backlog.mjs';
import { round } from './measure/percentiles.mjs';
import { orderPlacer } from './measure/place-orders.mjs';
import { writeReport } from './measure/report.mjs';
import { openRest } from './measure/rest.mjs';

const usage = `npm run bench catchup -- [--services crm,email] [--orders 5000] [--clients 32] [--keep]
  --services  each is stopped while orders are placed, and started again: how fast does it catch up?
              Any but gateway and order, without which none is placed, and sandbox, which has no reactions
  --orders    placed while it is away
  --clients   that place them, each the next when the last is answered
  --keep      keep the data folder, to look at logs and books`;

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    services: { type: 'string', default: 'crm,email' },
    orders: { type: 'string', default: '5000' },
    clients: { type: 'string', default: '32' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [orders, clients] = [Number(values.orders), Number(values.clients)];
const services = values.services.split(',');
const canBeAway = ({ name, usesBroker }) => usesBroker && !['gateway', 'order'].includes(name);
const known = findServices(root).filter(canBeAway);
if (
  values.help ||
  ![orders, clients].every((value) => Number.isInteger(value) && value > 0) ||
  !services.every((service) => known.some(({ name }) => name === service))
) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}

const REST_MS = 600_000;
const log = (line) => console.log(`  ${line}`);
const shop = createShop({
  portBase: await freePortBase(),
  dataDir: mkdtempSync(join(tmpdir(), 'hookshop-bench-')),
  log,
});

const failures = [];
let rest;

try {
  await shop.start();
  rest = await openRest(shop.description());
  const backlog = await openBacklog(shop.description().natsUrl);
  const rows = [];
  for (const service of services) rows.push(await catchUp(service, backlog));
  await restOfTheShop();
  failures.push(...broken(await checkInvariants(shop.description())));
  await Promise.all([backlog.close(), rest.close()]);
  show(rows);
  process.exitCode = failures.length > 0 ? 1 : 0;
} finally {
  await (values.keep ? shop.stop() : shop.remove());
}

async function catchUp(service, backlog) {
  await restOfTheShop();
  await shop.kill(service, 'SIGTERM');
  log(`${orders} orders without ${service}`);
  await placeOrders();
  const waiting = await restWithout(service, backlog);
  log(`${service} is started again: ${waiting} facts wait for it`);
  const floor = await backlog.readBare(service);
  const began = performance.now();
  const started = shop.restart(service).then(() => performance.now());
  const moved = await when(backlog, service, (left) => left < waiting);
  const level = await when(backlog, service, (left) => left === 0);
  const ready = await started;
  const perSecond = (waiting * 1_000) / (level - moved);
  return {
    service,
    facts: waiting,
    readyAfterSeconds: round((ready - began) / 1_000, 2),
    levelAfterSeconds: round((level - began) / 1_000, 2),
    perSecond: round(perSecond),
    floorPerSecond: round(floor),
    ofFloor: round((100 * perSecond) / floor),
  };
}

/** The others can do no more: nothing waits for them, and nothing new came from them for a while. */
async function restWithout(service, backlog) {
  let before;
  const rested = await until(
    async () => {
      const now = await backlog.unhandled((of) => of === service);
      const others = await backlog.unhandled((of) => of !== service);
      const still = others === 0 && now === before;
      before = now;
      return still;
    },
    { timeoutMs: REST_MS, everyMs: 2_000 },
  );
  if (!rested) throw new Error(`The shop did not come to rest without ${service}`);
  return before;
}

async function placeOrders() {
  const placer = orderPlacer(shop.url('gateway'), shop.keys.shop, { connections: clients });
  let left = orders;
  const client = async () => {
    while (left > 0) {
      left -= 1;
      const { status } = await placer.place();
      // Told to come later: the order was not placed, and is placed again.
      if (status !== 201) left += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  await placer.close();
}

async function when(backlog, service, holds) {
  const found = await until(async () => holds(await backlog.unhandled((of) => of === service)), { timeoutMs: REST_MS });
  if (!found) throw new Error(`${service} did not catch up`);
  return performance.now();
}

/** Mails and webhooks too: what one run leaves behind must not burden the next. */
async function restOfTheShop() {
  failures.push(...(await rest.reached(log)));
}

function show(rows) {
  console.log('\nFrom the start of the process to the last fact handled');
  console.table(
    rows.map((row) => ({
      service: row.service,
      'facts that waited': row.facts,
      'ready after s': row.readyAfterSeconds,
      'level after s': row.levelAfterSeconds,
      'facts/s once it moves': row.perSecond,
      'bare reader facts/s': row.floorPerSecond,
      '% of it': row.ofFloor,
    })),
  );
  console.log('The bare reader takes the same facts from the stream and acknowledges each: no database, no checks.');
  console.log(failures.length === 0 ? 'Every invariant holds.' : `BROKEN:\n  ${failures.join('\n  ')}`);
  console.log(`Written to ${writeReport('catchup', { rows, failures })}`);
}
