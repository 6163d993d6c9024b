import { spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { CannotStart } from './cannot-start.mjs';
import { canEnter } from './postgres-account.mjs';

/** Root keeps clusters here when the account PostgreSQL runs as cannot enter the folder asked for (a home of mode 700). */
const REACHABLE = '/var/lib/hookshop';
const MAJOR = '18';

/**
 * The cluster of a folder, made on first use: `{ folder, password }`. The administrator's password is made once and
 * lies beside it, readable by its owner only.
 */
export function openCluster({ dataDir, bin, account, fsync }) {
  const home = resolve(dataDir);
  makeFolder(home, account);
  const folder = join(reachableHome(home, account), 'cluster');
  const passwordFile = join(home, 'admin-password');
  if (!existsSync(folder)) {
    writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
    initialise({ folder, passwordFile, bin, account, fsync });
  }
  assertReadable(folder, passwordFile);
  return { folder, password: readFileSync(passwordFile, 'utf8') };
}

/** Removes a folder's cluster, wherever it lies. */
export function removeCluster(dataDir) {
  const home = resolve(dataDir);
  const elsewhere = placeElsewhere(home);
  if (elsewhere) rmSync(elsewhere, { recursive: true, force: true });
  rmSync(home, { recursive: true, force: true });
}

function makeFolder(folder, account) {
  try {
    mkdirSync(folder, { recursive: true });
    // Root's umask may close new folders to everyone else.
    if (account) chmodSync(folder, statSync(folder).mode | 0o011);
  } catch (error) {
    throw new CannotStart(`${folder} cannot be used for data: ${error.message}. Set HOOKSHOP_DATA to another folder.`);
  }
}

function reachableHome(home, account) {
  const known = placeElsewhere(home);
  if (known) return known;
  if (!account || canEnter(home, account)) return home;
  try {
    forgetPlacesOf(home);
    const place = join(REACHABLE, randomUUID());
    mkdirSync(place, { recursive: true });
    for (const folder of [REACHABLE, place]) chmodSync(folder, 0o711);
    if (!canEnter(place, account)) throw new Error(`"${account.name}" cannot enter ${REACHABLE} either`);
    writeFileSync(join(place, 'belongs-to'), home);
    writeFileSync(join(home, 'place'), place);
    return place;
  } catch (error) {
    throw new CannotStart(
      `PostgreSQL refuses to run as root, so it runs as "${account.name}", and that user cannot enter ${home} ` +
        `(${error.message}). Set HOOKSHOP_DATA to a folder it can enter, or run the shop as an ordinary user.`,
    );
  }
}

const placeElsewhere = (home) => {
  const note = join(home, 'place');
  const place = existsSync(note) ? readFileSync(note, 'utf8') : undefined;
  return place && existsSync(place) ? place : undefined;
};

/** Whoever deletes the data folder deletes the shop: what an earlier one kept elsewhere goes too. */
function forgetPlacesOf(home) {
  if (!existsSync(REACHABLE)) return;
  for (const place of readdirSync(REACHABLE).map((name) => join(REACHABLE, name))) {
    const owner = join(place, 'belongs-to');
    if (existsSync(owner) && readFileSync(owner, 'utf8') === home) rmSync(place, { recursive: true, force: true });
  }
}

/** Made under another name first: an interrupted start leaves no half cluster behind. */
function initialise({ folder, passwordFile, bin, account, fsync }) {
  const unfinished = `${folder}.unfinished`;
  const secret = `${unfinished}-password`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  writeFileSync(secret, readFileSync(passwordFile), { mode: 0o600 });
  if (account) for (const path of [unfinished, secret]) chownSync(path, account.uid, account.gid);
  const made = spawnSync(
    join(bin, 'initdb'),
    [
      `--pgdata=${unfinished}`,
      '--username=postgres',
      `--pwfile=${secret}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // The same order and the same letters on every machine, whatever its language.
      '--locale-provider=builtin',
      '--locale=C.UTF-8',
      '--lc-collate=C',
      '--lc-ctype=C',
      ...(fsync ? [] : ['--no-sync']),
    ],
    { uid: account?.uid, gid: account?.gid, cwd: '/', encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } },
  );
  rmSync(secret, { force: true });
  if (made.status !== 0) {
    throw new CannotStart(
      `PostgreSQL cannot make its cluster in ${folder}:\n${(made.error?.message ?? made.stderr).trim()}\n` +
        'Make room or rights there, or set HOOKSHOP_DATA to another folder.',
    );
  }
  renameSync(unfinished, folder);
}

function assertReadable(folder, passwordFile) {
  const fault = faultOf(folder, passwordFile);
  if (!fault) return;
  throw new CannotStart(
    `The data folder is broken: ${fault}. Put back a copy of it, set HOOKSHOP_DATA to another folder, or delete the ` +
      'whole data folder (.data) to begin with an empty shop.',
  );
}

function faultOf(folder, passwordFile) {
  const version = join(folder, 'PG_VERSION');
  if (!existsSync(version)) return `${folder} is not a PostgreSQL cluster`;
  const major = readFileSync(version, 'utf8').trim();
  if (major !== MAJOR) return `${folder} was made by PostgreSQL ${major}, and this is PostgreSQL ${MAJOR}`;
  if (!existsSync(passwordFile)) return `${passwordFile} is missing, so nobody can log in`;
  return undefined;
}
