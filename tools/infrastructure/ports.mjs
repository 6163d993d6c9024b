import { connect, createServer } from 'node:net';
import { randomInt } from 'node:crypto';
import { CannotStart } from './cannot-start.mjs';

export const DEFAULT_PORT_BASE = 3000;

/** Every port of one shop lies at a fixed distance from its base; the services' own distances are in their package.json. */
export const layout = (base) => ({
  base,
  postgres: base + 32,
  nats: base + 42,
  natsMonitoring: base + 43,
  at: (offset) => base + offset,
});

export function portBaseFrom(env) {
  const text = env.HOOKSHOP_PORT_BASE || String(DEFAULT_PORT_BASE);
  const base = Number(text);
  if (!Number.isInteger(base) || base < 1 || base > 65_000) {
    throw new CannotStart(`HOOKSHOP_PORT_BASE is "${text}": give a whole number from 1 to 65000, for example 4000.`);
  }
  return base;
}

/** Throws one message that names every port in use. */
export async function assertPortsFree(ports, host = '127.0.0.1') {
  const checked = await Promise.all(
    ports.map(async ({ name, port }) => ({ name, port, fault: await faultOf(port, host) })),
  );
  const taken = checked.filter(({ fault }) => fault);
  if (taken.length === 0) return;
  const list = taken.map(({ name, port, fault }) => `  ${port} (${name}): ${fault}`).join('\n');
  throw new CannotStart(
    `The shop cannot have ${taken.length === 1 ? 'this port' : 'these ports'}:\n${list}\n` +
      'End what uses them, or move the whole shop, for example: HOOKSHOP_PORT_BASE=4000 npm start',
  );
}

/**
 * Found free, a port is taken only when its server is up: until then another may find it, too. So the workers of a run
 * look in a share of the ports each, and none is given twice.
 */
const SHARES = 4;
const shareOf = (first, last) => {
  const size = (last - first) / SHARES;
  const begin = first + (Number(process.env.JEST_WORKER_ID ?? 0) % SHARES) * size;
  return [begin, begin + size];
};
const given = new Set();

/**
 * A port nobody listens on now. It lies below the range from which the kernel picks ports of outgoing connections, so
 * that a server can be stopped and started again on it.
 */
export async function freePort(host = '127.0.0.1') {
  for (let tries = 0; tries < 1_000; tries++) {
    const port = randomInt(...shareOf(20_000, 32_000));
    if (given.has(port)) continue;
    given.add(port);
    if (!(await faultOf(port, host))) return port;
  }
  throw new CannotStart('No free port was found between 20000 and 32000.');
}

/** A base whose following `span` ports are all free. */
export async function freePortBase(span = 50, host = '127.0.0.1') {
  for (let tries = 0; tries < 100; tries++) {
    const base = randomInt(...shareOf(200, 320)) * 100;
    const faults = await Promise.all(Array.from({ length: span }, (_, offset) => faultOf(base + offset, host)));
    if (faults.every((fault) => !fault)) return base;
  }
  throw new CannotStart(`No ${span} free ports in a row were found between 20000 and 32000.`);
}

/** Why a server could not listen there; undefined when it could. */
async function faultOf(port, host) {
  // Some systems let a second server bind beside one that listens on all addresses: ask whether anyone answers.
  if (await answers(port, host)) return 'already in use';
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', ({ code }) => resolve(reasons[code] ?? code));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

const reasons = {
  EADDRINUSE: 'already in use',
  EACCES: 'only an administrator may use it',
  EADDRNOTAVAIL: 'this machine does not have the address given by HOST',
  ENOTFOUND: 'HOST is not a known name',
};

const answers = (port, host) =>
  new Promise((resolve) => {
    const socket = connect({ port, host: host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host });
    socket.setTimeout(500, () => socket.destroy());
    socket.once('connect', () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('close', () => resolve(false));
    socket.once('error', () => {});
  });
