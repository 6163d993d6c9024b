import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { CannotStart } from './cannot-start.mjs';
import { provisionNats } from './nats-provisioning.mjs';

const OLDEST = [2, 9, 10];

/** Where the project keeps what it fetched once: HOOKSHOP_CACHE, else a folder in the user's cache folder. */
export function cacheFolder(env = process.env) {
  if (env.HOOKSHOP_CACHE) return env.HOOKSHOP_CACHE;
  const caches = process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache');
  return join(env.XDG_CACHE_HOME || caches, 'hookshop');
}

/**
 * Path of a nats-server: NATS_SERVER, else on PATH, else in the cache, else fetched into the cache.
 *
 * @param {(line: string) => void} [log] told when something has to be fetched
 */
export async function natsBinary(env = process.env, log = () => {}) {
  if (env.NATS_SERVER) return named(env.NATS_SERVER);
  const cached = join(cacheFolder(env), 'nats-server');
  const candidates = [
    ...(env.PATH ?? '')
      .split(delimiter)
      .filter(Boolean)
      .map((folder) => join(folder, 'nats-server')),
    cached,
  ];
  const found = candidates.find((path) => isExecutable(path) && faultOf(path) === undefined);
  if (found) return found;
  await provisionNats({ into: cached, cache: cacheFolder(env), log });
  const fault = faultOf(cached);
  if (fault) throw new CannotStart(`The nats-server fetched into ${cached} cannot be used: ${fault}.`);
  return cached;
}

function named(path) {
  const fault = isExecutable(path) ? faultOf(path) : 'it is not an executable file';
  if (fault) {
    throw new CannotStart(
      `NATS_SERVER is ${path}, but ${fault}. Point it at a nats-server of version ${OLDEST.join('.')} or later, or unset it.`,
    );
  }
  return path;
}

/** Why the program cannot be used; undefined when it can. */
function faultOf(path) {
  const { stdout, status, error } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  if (status !== 0) return `it does not run (${error?.code ?? `exit code ${status}`})`;
  const version = /v?(\d+)\.(\d+)\.(\d+)/.exec(stdout)?.slice(1, 4).map(Number);
  if (!version) return 'it does not tell its version';
  return isOlder(version, OLDEST) ? `version ${version.join('.')} is older than ${OLDEST.join('.')}` : undefined;
}

function isOlder(version, bound) {
  const differing = version.findIndex((part, index) => part !== bound[index]);
  return differing >= 0 && version[differing] < bound[differing];
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
