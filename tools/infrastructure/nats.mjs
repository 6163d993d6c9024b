import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CannotStart } from './cannot-start.mjs';
import { launch } from './launch.mjs';
import { logTail } from './log-tail.mjs';
import { natsBinary } from './nats-binary.mjs';
import { isAlive, runsProgram } from './process-identity.mjs';
import { until } from './until.mjs';

const READY_MS = 60_000;
const STOP_MS = 15_000;

/**
 * A real nats-server with JetStream, listening on loopback only.
 *
 * @param {object} options
 * @param {string} options.dataDir a folder of its own, made when missing
 * @param {number} options.port
 * @param {number} options.monitoringPort
 * @param {string} [options.binary] default: found or fetched
 * @param {string} [options.logFile]
 * @param {{ file: string, passwords: Record<string, string> }} [options.users] who may do what, as nats-server reads it,
 *   and the variables that it names; default: everybody may do everything
 */
export async function startNats({ dataDir, port, monitoringPort, binary, users, logFile = join(dataDir, 'nats.log') }) {
  const home = resolve(dataDir);
  const command = binary ?? (await natsBinary());
  const monitoringUrl = `http://127.0.0.1:${monitoringPort}`;
  const configuration = join(home, 'nats.conf');
  const pidFile = join(home, 'nats.pid');
  // Only what 2.9.10 knows: an unknown key stops the server.
  const settings = [
    `listen: "127.0.0.1:${port}"`,
    `http: "127.0.0.1:${monitoringPort}"`,
    `pid_file: ${JSON.stringify(pidFile)}`,
    'max_payload: 4MB',
    `jetstream { store_dir: ${JSON.stringify(join(home, 'store'))} }`,
    // Beside this file: the server looks for it nowhere else.
    ...(users ? ['include "users.conf"'] : []),
    '',
  ].join('\n');
  let server;

  async function start() {
    assertUnused(pidFile, home);
    mkdirSync(home, { recursive: true });
    writeFileSync(configuration, settings);
    if (users) copyFileSync(users.file, join(home, 'users.conf'));
    const env = { ...process.env, ...quoted(users?.passwords ?? {}) };
    server = await launch({ command, args: ['--config', configuration], cwd: home, env, logFile });
    const state = await until(
      async () => (!server.running() && 'ended') || ((await isHealthy(monitoringUrl)) && 'ready'),
      {
        timeoutMs: READY_MS,
      },
    );
    if (state === 'ready') return;
    await server.end('SIGTERM', STOP_MS);
    throw new CannotStart(
      `nats-server ${state ? 'ended' : 'was not ready in time'} on ${home}. Its last words:\n${logTail(logFile)}\n` +
        'If its data is broken, put back a copy, set HOOKSHOP_DATA to another folder, or delete the data folder (.data).',
    );
  }

  await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    monitoringUrl,
    logFile,
    get pid() {
      return server.pid;
    },
    get process() {
      return server;
    },
    start,
    kill: () => server.end('SIGKILL', STOP_MS),
    stop: () => server.end('SIGTERM', STOP_MS),
    /** Stops it and deletes its data. */
    async remove() {
      await server.end('SIGKILL', STOP_MS);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The server reads a variable as it reads its configuration, where a number without quotes is no password. */
const quoted = (variables) =>
  Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, JSON.stringify(value)]));

/** Ready to serve, JetStream included. */
async function isHealthy(monitoringUrl) {
  try {
    const response = await fetch(`${monitoringUrl}/healthz`, { signal: AbortSignal.timeout(1_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** Two servers on one store would ruin it, and nats-server does not look. */
function assertUnused(pidFile, home) {
  const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0;
  if (pid && isAlive(pid) && runsProgram(pid, 'nats-server')) {
    throw new CannotStart(
      `A nats-server of an earlier start (process ${pid}) still runs on ${home}. Stop it with: kill ${pid}`,
    );
  }
}
