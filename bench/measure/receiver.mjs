import { createServer } from 'node:http';
import { percentiles } from './percentiles.mjs';

/**
 * A partner in a process of its own: takes webhooks as fast as it can, hangs on `/hang`, fails on `/fail`.
 * `GET /report` tells what came since the last `POST /reset`: how many, between when, and how old the facts were.
 * Of what is sent to `/orders`, `GET /orders` tells when each order was first heard of, on the clock that all processes
 * of this machine share, and under how many ids.
 */
let received = 0;
let first = 0;
let last = 0;
let ages = [];
let ids = new Set();
const orders = new Map();

const reset = () => {
  received = first = last = 0;
  ages = [];
  ids = new Set();
};

const take = (request, body) => {
  const now = performance.timeOrigin + performance.now();
  received += 1;
  first ||= now;
  last = now;
  ids.add(request.headers['webhook-id'] + request.url);
  const [, time] = /"timestamp":"([^"]+)"/.exec(body) ?? [];
  if (time) ages.push(now - Date.parse(time));
};

const takeOrder = (request, body) => {
  const at = Number(process.hrtime.bigint()) / 1e6;
  const [, id] = /"orderId":"([^"]+)"/.exec(body) ?? [];
  const order = orders.get(id) ?? { at, ids: new Set() };
  orders.set(id, order);
  order.ids.add(request.headers['webhook-id']);
};

const told = () => Object.fromEntries([...orders].map(([id, order]) => [id, { at: order.at, ids: order.ids.size }]));

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    if (request.url === '/hang') return;
    if (request.url === '/fail') return response.writeHead(500).end();
    if (request.url === '/reset') reset();
    else if (request.url === '/report') {
      const report = { received, distinct: ids.size, first, last, ages: ages.length > 0 ? percentiles(ages) : null };
      return response.end(JSON.stringify(report));
    } else if (request.url === '/orders') {
      if (request.method === 'GET') return response.end(JSON.stringify(told()));
      takeOrder(request, Buffer.concat(chunks).toString());
    } else take(request, Buffer.concat(chunks).toString());
    response.writeHead(204).end();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit());
