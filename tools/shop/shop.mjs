import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { CannotStart } from '../infrastructure/cannot-start.mjs';
import { ensureDatabases } from '../infrastructure/databases.mjs';
import { logTail } from '../infrastructure/log-tail.mjs';
import { natsBinary } from '../infrastructure/nats-binary.mjs';
import { startNats } from '../infrastructure/nats.mjs';
import { assertPortsFree, layout } from '../infrastructure/ports.mjs';
import { startPostgres } from '../infrastructure/postgres.mjs';
import { brokerUsers } from './broker-users.mjs';
import { callableHost, environmentOf, portsOf } from './environment.mjs';
import { generatedSecrets } from './generated-secrets.mjs';
import { lockDataFolder } from './lock.mjs';
import { serviceProcess } from './service-process.mjs';
import { findServices } from './services.mjs';
import { node, root } from '../workspace/root.mjs';

/**
 * The whole shop on this machine: PostgreSQL, nats-server and every service as a process of its own.
 *
 * @param {object} options
 * @param {number} options.portBase
 * @param {string} options.dataDir databases, streams, logs, generated secrets and the lock
 * @param {Record<string, string | undefined>} [options.env] reaches every service and wins over the demo variables
 * @param {(line: string) => void} [options.log] progress, a line each
 * @param {boolean} [options.fsync] false: a loss of power may lose data; for tests only
 * @param {string[]} [options.services] only these; default all
 * @param {Record<string, string | number>} [options.postgresSettings]
 * @param {string[]} [options.nodeFlags] instead of the usual ones, for measurements
 * @returns {import('./shop.d.mts').Shop}
 */
export function createShop({
  portBase,
  dataDir,
  env = {},
  log = () => {},
  fsync = true,
  services,
  postgresSettings,
  nodeFlags,
}) {
  const home = resolve(dataDir);
  const ports = layout(portBase);
  const host = env.HOST || '127.0.0.1';
  const all = findServices(root);
  const chosen = all.filter(({ name }) => !services || services.includes(name));
  const secretsFolder = join(home, 'secrets');
  const logFile = (name) => join(home, 'logs', `${name}.log`);
  const url = (name) => `http://${callableHost(env)}:${ports.at(serviceNamed(name).portOffset)}`;
  /** Every process by name, PostgreSQL and nats-server included, in the order they were started. */
  const processes = new Map();
  /** Names of those that are meant to run; the others end because we said so. */
  const meantToRun = new Set();
  const listeners = [];
  let lock;
  let databases = {};
  /** Of the broker, with their passwords. */
  let users;

  const serviceNamed = (name) => all.find((service) => service.name === name) ?? unknown(name);
  const processNamed = (name) => processes.get(name) ?? unknown(name);

  async function start() {
    if (!existsSync(node)) throw new CannotStart(`${node} is missing. Install the packages with: npm ci`);
    lock = await lockDataFolder(home);
    try {
      await assertPortsFree(portList(), host);
      users = brokerUsers({ root, services: all, secrets: secretsFolder, given: env });
      await allOf([bring('postgres', bringPostgres), bring('nats', bringNats)]);
      databases = await ensureDatabases(
        processes.get('postgres').adminUrl,
        all.map(({ name }) => name),
      );
      await allOf(chosen.map((service) => bring(service.name, () => bringService(service))));
    } catch (error) {
      await stop();
      throw error;
    }
  }

  const portList = () => [
    { name: 'PostgreSQL', port: ports.postgres },
    { name: 'nats-server', port: ports.nats },
    { name: "nats-server's monitoring", port: ports.natsMonitoring },
    ...chosen.flatMap((service) =>
      Object.entries(portsOf(service, ports, env)).map(([variable, port]) => ({
        name: variable === 'PORT' ? service.name : `${service.name}, ${variable}`,
        port: Number(port),
      })),
    ),
  ];

  async function bring(name, starting) {
    const begun = performance.now();
    await starting();
    watch(name);
    log(`${name} is ready on ${portOf(name)} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
  }

  async function bringPostgres() {
    const options = { dataDir: join(home, 'postgres'), port: ports.postgres, fsync, settings: postgresSettings };
    processes.set('postgres', await startPostgres({ ...options, logFile: logFile('postgres') }));
  }

  async function bringNats() {
    const binary = await natsBinary({ ...process.env, ...env }, log);
    const options = { dataDir: join(home, 'nats'), port: ports.nats, monitoringPort: ports.natsMonitoring };
    processes.set('nats', await startNats({ ...options, binary, users, logFile: logFile('nats') }));
  }

  async function bringService(service) {
    const { name } = service;
    const databaseUrl = databases[name];
    const natsUrl = service.usesBroker ? users.urlFor(processes.get('nats').url, name) : undefined;
    const secrets = generatedSecrets(secretsFolder, service.generated, env);
    const environment = environmentOf(service, { services: all, ports, given: env, databaseUrl, natsUrl, secrets });
    const process = serviceProcess({
      service,
      node,
      root,
      env: environment,
      url: url(name),
      logFile: logFile(name),
      nodeFlags,
    });
    processes.set(name, process);
    await process.start();
  }

  const portOf = (name) =>
    ({ postgres: ports.postgres, nats: ports.nats })[name] ?? ports.at(serviceNamed(name).portOffset);

  /** Tells the listeners when a process ends that was meant to run. */
  function watch(name) {
    meantToRun.add(name);
    lock.record(pids());
    const { process } = processNamed(name);
    void process.exited.then(({ code, signal }) => {
      if (!meantToRun.has(name) || processNamed(name).process !== process) return;
      meantToRun.delete(name);
      for (const listener of listeners) listener({ name, code, signal });
    });
  }

  async function kill(name, signal = 'SIGKILL') {
    meantToRun.delete(name);
    await processNamed(name).kill(signal);
  }

  async function restart(name) {
    const process = processNamed(name);
    meantToRun.delete(name);
    if (process.process.running()) await process.stop();
    await process.start();
    watch(name);
  }

  /** The door first, so that nothing new comes in; then all who work; what they work with last. */
  async function stop() {
    meantToRun.clear();
    const rest = [...processes.keys()].filter((name) => !['gateway', 'sandbox', 'nats', 'postgres'].includes(name));
    for (const names of [['gateway'], rest, ['sandbox'], ['nats'], ['postgres']]) {
      await Promise.all(names.map((name) => processes.get(name)?.stop()));
    }
    lock?.release();
    lock = undefined;
  }

  const pids = () =>
    Object.fromEntries(
      [...processes].filter(([, { process }]) => process?.running()).map(([name, { pid }]) => [name, pid]),
    );

  const keys = () => {
    const gateway = environmentOf(serviceNamed('gateway'), { services: all, ports, given: env });
    return { shop: gateway.SHOP_API_KEY, partner: gateway.PARTNER_API_KEY, admin: gateway.ADMIN_API_KEY };
  };

  const description = () => ({
    portBase,
    dataDir: home,
    keys: keys(),
    urls: Object.fromEntries(all.map(({ name }) => [name, url(name)])),
    databases,
    adminDatabaseUrl: processes.get('postgres')?.adminUrl,
    natsUrl: processes.has('nats') ? users.urlFor(processes.get('nats').url) : undefined,
    natsMonitoringUrl: processes.get('nats')?.monitoringUrl,
    pids: pids(),
  });

  return {
    start,
    stop,
    kill,
    restart,
    url,
    pids,
    description,
    get keys() {
      return keys();
    },
    logFile,
    logTail: (name, lines) => logTail(logFile(name), lines),
    onUnexpectedExit: (listener) => listeners.push(listener),
    /** Kills everything and deletes all data. */
    async remove() {
      meantToRun.clear();
      await Promise.all([...processes.values()].map((process) => (process.remove ?? process.kill)()));
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Waits for all of them even when one fails, so that nothing is still starting while the rest is stopped. */
async function allOf(starts) {
  const failed = (await Promise.allSettled(starts)).find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
}

function unknown(name) {
  throw new Error(`The shop runs no "${name}"`);
}
