import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { freePortBase } from '../tools/infrastructure/ports.mjs';
import { until } from '../tools/infrastructure/until.mjs';
import { createShop } from '../tools/shop/shop.mjs';
import { factSource, orderPlaced } from './measure/facts.mjs';
import { fillDone, fillDue } from './measure/fill-deliveries.mjs';
import { round } from './measure/percentiles.mjs';
import { writeReport } from './measure/report.mjs';
import { measureWebhookFloor } from './measure/webhook-floor.mjs';

const usage = `npm run bench webhooks -- [--deliveries 20000] [--concurrency 64] [--history 1000000] [--seconds 30] [--keep]
  --deliveries   sent to one healthy endpoint
  --concurrency  attempts in flight, of the endpoint and of the floor (1 to 64)
  --history      finished deliveries in the tables in a second run; 0 leaves it out
  --seconds      length of each run with 50 endpoints; 0 leaves them out
  --keep         keep the data folder`;

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    deliveries: { type: 'string', default: '20000' },
    concurrency: { type: 'string', default: '64' },
    history: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '30' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [deliveries, concurrency, history, seconds] = ['deliveries', 'concurrency', 'history', 'seconds'].map((name) =>
  Number(values[name]),
);
if (
  values.help ||
  ![deliveries, concurrency, history, seconds].every((value) => Number.isInteger(value) && value >= 0)
) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}

const HEALTHY = 50;
const DUE_AT_HANGING = 5_000;
const body = JSON.stringify({ type: 'order.placed.v1', timestamp: new Date().toISOString(), data: orderPlaced('x') });
const log = (line) => console.log(`  ${line}`);
const receiver = fork(join(import.meta.dirname, 'measure', 'receiver.mjs'));
const [{ port }] = await once(receiver, 'message');
const origin = `http://127.0.0.1:${port}`;
const shop = createShop({
  portBase: await freePortBase(),
  dataDir: mkdtempSync(join(tmpdir(), 'hookshop-bench-')),
  services: ['gateway'],
  log,
});

try {
  await shop.start();
  const client = new pg.Client({ connectionString: shop.description().databases.gateway });
  await client.connect();
  const facts = await factSource(shop.description().natsUrl);
  const rows = [];
  log('warming up');
  await drained(client, 2_000);
  rows.push(await floor(), await drain(client, 'due in the tables'), await flow(client, facts));
  if (history > 0) {
    log(`writing ${history} finished deliveries`);
    const endpoint = await makeEndpoint('/hook', { eventTypes: ['payment.*'] });
    await fillDone(client, { endpointId: endpoint.id, partnerId: 'demo', count: history, body });
    rows.push(await drain(client, `the same behind ${history} finished ones`), await floor());
  }
  const fairness = seconds > 0 ? await measureFairness(client, facts) : [];
  await facts.close();
  await client.end();
  show(rows, fairness);
} finally {
  receiver.disconnect();
  await (values.keep ? shop.stop() : shop.remove());
}

async function call(method, path, content) {
  const answer = await fetch(`${shop.url('gateway')}${path}`, {
    method,
    headers: { authorization: `Bearer ${shop.keys.partner}`, 'content-type': 'application/json' },
    body: content && JSON.stringify(content),
  });
  if (!answer.ok) throw new Error(`${method} ${path} was answered with ${answer.status}: ${await answer.text()}`);
  return answer.status === 204 ? undefined : answer.json();
}

function makeEndpoint(path, settings) {
  return call('POST', '/v1/webhook-endpoints', { url: `${origin}${path}`, maxInFlight: concurrency, ...settings });
}

function removeEndpoint({ id }) {
  return call('DELETE', `/v1/webhook-endpoints/${id}`);
}

async function report() {
  return (await fetch(`${origin}/report`)).json();
}

function resetReceiver() {
  return fetch(`${origin}/reset`, { method: 'POST' });
}

async function floor() {
  log('the floor: a bare loop of the HTTP client, signing');
  const { perSecond } = await measureWebhookFloor(origin, { concurrency, count: deliveries, body });
  return { run: 'floor: bare signing loop', perSecond, settledPerSecond: perSecond };
}

/** Everything is due at once; the gateway finds it by itself. */
async function drained(client, count) {
  const endpoint = await makeEndpoint('/hook', { eventTypes: ['customer.*'] });
  await resetReceiver();
  await fillDue(client, { endpointId: endpoint.id, partnerId: 'demo', count, body });
  const settledAt = await allSettled(client, count);
  const { received, first, last } = await report();
  await removeEndpoint(endpoint);
  return { received, perSecond: rate(count, first, last), settledPerSecond: rate(count, first, settledAt) };
}

async function drain(client, run) {
  log(`${deliveries} deliveries, ${run}`);
  return { run, ...(await drained(client, deliveries)) };
}

/** From the stream through fan-out to the receiver. */
async function flow(client, facts) {
  log(`${deliveries} facts from the stream`);
  const endpoint = await makeEndpoint('/hook', { eventTypes: ['order.placed.v1'] });
  await resetReceiver();
  const began = performance.timeOrigin + performance.now();
  await facts.stateMany(deliveries);
  const settledAt = await allSettled(client, deliveries);
  const { received, last } = await report();
  await removeEndpoint(endpoint);
  return {
    run: 'stated as facts, through stream and fan-out',
    received,
    perSecond: rate(deliveries, began, last),
    settledPerSecond: rate(deliveries, began, settledAt),
  };
}

async function allSettled(client, count) {
  const done = await until(
    async () =>
      (await report()).distinct >= count && (await client.query('SELECT FROM webhook_queue LIMIT 1')).rowCount === 0,
    { timeoutMs: 300_000, everyMs: 25 },
  );
  if (!done) throw new Error(`Not everything was delivered: ${JSON.stringify(await report())}`);
  return performance.timeOrigin + performance.now();
}

function rate(count, from, to) {
  return Math.round(count / ((to - from) / 1_000));
}

async function measureFairness(client, facts) {
  const healthy = [];
  for (let count = 0; count < HEALTHY; count += 1) {
    healthy.push(await makeEndpoint(`/hook?${count}`, { eventTypes: ['order.placed.v1'], maxInFlight: 8 }));
  }
  await beat(facts, 5);
  const alone = await beat(facts, seconds);
  const hanging = await makeEndpoint('/hang', { eventTypes: ['order.placed.v1'], maxInFlight: 8, timeoutSeconds: 15 });
  const failing = await makeEndpoint('/fail', { eventTypes: ['order.placed.v1'], maxInFlight: 8 });
  await fillDue(client, { endpointId: hanging.id, partnerId: 'demo', count: DUE_AT_HANGING, body });
  await beat(facts, 3);
  const beside = await beat(facts, seconds);
  for (const endpoint of [...healthy, hanging, failing]) await removeEndpoint(endpoint);
  return [
    { run: `${HEALTHY} healthy endpoints, one event a second each`, ...alone },
    { run: `the same beside one that hangs with ${DUE_AT_HANGING} due and one that fails`, ...beside },
  ];
}

/** One fact after the other, so that the endpoints' events are spread over each second. */
async function beat(facts, forSeconds) {
  log(`${HEALTHY} endpoints, ${forSeconds} s`);
  await resetReceiver();
  for (let count = 0; count < forSeconds; count += 1) {
    await facts.state();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  const wanted = HEALTHY * forSeconds;
  if (!(await until(async () => (await report()).distinct >= wanted, { timeoutMs: 60_000, everyMs: 50 }))) {
    throw new Error(`Not everything was delivered: ${JSON.stringify(await report())}`);
  }
  const { ages, received } = await report();
  return { received, ...ages };
}

function show(rows, fairness) {
  const bare = Math.max(...rows.filter(({ run }) => run.startsWith('floor')).map(({ perSecond }) => perSecond));
  console.log(
    `\nDeliveries a second, ${deliveries} of ${body.length} bytes, ${concurrency} in flight, every attempt recorded`,
  );
  console.table(
    rows.map(({ run, received, perSecond, settledPerSecond }) => ({
      run,
      received: received ?? deliveries,
      'received/s': perSecond,
      'recorded/s': settledPerSecond,
      '% of floor': round((100 * settledPerSecond) / bare),
    })),
  );
  if (fairness.length > 0) {
    console.log('From fact to received at the healthy endpoints (ms)');
    console.table(fairness);
    console.log(`p99 beside the bad ones: ${round(fairness[1].p99 / fairness[0].p99, 2)} times that without them`);
  }
  console.log(`Written to ${writeReport('webhooks', { deliveries, concurrency, history, rows, fairness })}`);
}
