import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CannotStart } from './cannot-start.mjs';
import { launch } from './launch.mjs';
import { logTail } from './log-tail.mjs';
import { postgresAccount } from './postgres-account.mjs';
import { postgresBinaries } from './postgres-binaries.mjs';
import { openCluster, removeCluster } from './postgres-cluster.mjs';
import { childrenOf, identityOf, isAlive, isStillRunning, runsProgram } from './process-identity.mjs';
import { until } from './until.mjs';

const READY_MS = 120_000;
const STOP_MS = 30_000;

/**
 * A real PostgreSQL from npm's binaries, listening on loopback only.
 *
 * @param {object} options
 * @param {string} options.dataDir a folder of its own, made when missing
 * @param {number} options.port
 * @param {boolean} [options.fsync] false loses data when the machine loses power: for tests only
 * @param {Record<string, string | number>} [options.settings] more server settings
 * @param {string} [options.logFile]
 */
export async function startPostgres({
  dataDir,
  port,
  fsync = true,
  settings = {},
  logFile = join(dataDir, 'postgres.log'),
}) {
  const account = postgresAccount();
  const bin = postgresBinaries(account);
  const { folder, password } = openCluster({ dataDir, bin, account, fsync });
  const pidFile = join(folder, 'postmaster.pid');
  const configuration = {
    listen_addresses: '127.0.0.1',
    port,
    // A socket in the data folder would exceed the length a socket's path may have, in /tmp it would be everyone's.
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '64MB',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Commits still reach the kernel, so killing the server loses nothing; only losing the machine does.
    ...(fsync ? {} : { fsync: 'off', full_page_writes: 'off' }),
    ...settings,
  };
  const args = ['-D', folder, ...Object.entries(configuration).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  let server;

  async function start() {
    clearStalePid(pidFile, folder);
    server = await launch({
      command: join(bin, 'postgres'),
      args,
      cwd: '/',
      env: { ...process.env, LC_ALL: 'C', PGTZ: undefined },
      uid: account?.uid,
      gid: account?.gid,
      logFile,
    });
    await ready();
  }

  /** PostgreSQL writes its state into its pid file; connecting would need a password check to tell as much. */
  async function ready() {
    const state = await until(
      () => (!server.running() && 'ended') || (stateIn(pidFile, server.pid) === 'ready' && 'ready'),
      { timeoutMs: READY_MS },
    );
    if (state === 'ready') return;
    await server.end('SIGINT', STOP_MS);
    throw new CannotStart(
      `PostgreSQL ${state ? 'ended' : 'was not ready in time'} on ${folder}. Its last words:\n${logTail(logFile)}\n` +
        'If the data is broken, put back a copy, set HOOKSHOP_DATA to another folder, or delete the data folder (.data) ' +
        'to begin with an empty shop.',
    );
  }

  /** As if the machine had died: the server and everything it started, at once. */
  async function kill() {
    if (!server.running()) return;
    const family = [server.pid, ...childrenOf(server.pid)].map(identityOf);
    for (const { pid } of family) killNow(pid);
    await server.exited;
    // A new server refuses to start while one of them still holds the shared memory.
    await until(() => !family.some(isStillRunning), { timeoutMs: STOP_MS });
  }

  await start();
  return {
    port,
    adminUrl: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    logFile,
    get pid() {
      return server.pid;
    },
    get process() {
      return server;
    },
    start,
    kill,
    /** Sessions are ended, what they committed is kept. */
    stop: () => server.end('SIGINT', STOP_MS),
    /** Stops it and deletes its data. */
    async remove() {
      await kill();
      removeCluster(dataDir);
    },
  };
}

/** `ready`, `starting`, … as the server of that id wrote it. */
function stateIn(pidFile, pid) {
  const lines = linesOf(pidFile);
  return Number(lines[0]) === pid ? lines[7]?.trim() : undefined;
}

const linesOf = (pidFile) => (existsSync(pidFile) ? readFileSync(pidFile, 'utf8').split('\n') : []);

/** After kill -9 the file stays. PostgreSQL copes with a dead id, not with one that another program has got since. */
function clearStalePid(pidFile, folder) {
  const pid = Number(linesOf(pidFile)[0]);
  if (!pid || !isAlive(pid)) return;
  if (!runsProgram(pid, 'postgres')) {
    rmSync(pidFile);
    return;
  }
  throw new CannotStart(
    `A PostgreSQL of an earlier start (process ${pid}) still runs on ${folder}. Stop it with: kill -INT ${pid}`,
  );
}

function killNow(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
