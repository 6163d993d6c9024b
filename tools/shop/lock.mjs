import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CannotStart } from '../infrastructure/cannot-start.mjs';
import { identityOf, isStillRunning } from '../infrastructure/process-identity.mjs';
import { until } from '../infrastructure/until.mjs';

/** Processes of a start that was killed are ended by their undertaker within this time. */
const UNDERTAKER_MS = 15_000;

/**
 * Takes a data folder for this process: two shops on one folder would ruin it.
 *
 * @returns {Promise<{ record(processes: Record<string, number>): void, release(): void }>} `record` notes the ids of
 *   the running processes, so that a later start can name those that outlived us
 */
export async function lockDataFolder(dataDir, { patienceMs = UNDERTAKER_MS } = {}) {
  const file = join(dataDir, 'shop.lock');
  try {
    mkdirSync(dataDir, { recursive: true });
    // PostgreSQL does not run as root: whoever it runs as must be able to enter.
    if (process.getuid?.() === 0) chmodSync(dataDir, statSync(dataDir).mode | 0o011);
  } catch (error) {
    throw new CannotStart(`${dataDir} cannot be used for data: ${error.message}. Set HOOKSHOP_DATA to another folder.`);
  }
  const holder = read(file);
  if (holder && isStillRunning(holder.owner)) {
    throw new CannotStart(
      `Another Hookshop (process ${holder.owner.pid}) runs on ${dataDir}. Stop it, or start a second one beside it: ` +
        'HOOKSHOP_DATA=.data-2 HOOKSHOP_PORT_BASE=4000 npm start',
    );
  }
  if (holder) await assertGone(holder.processes, dataDir, patienceMs);
  const owner = identityOf(process.pid);
  const write = (processes) => {
    writeFileSync(`${file}.new`, JSON.stringify({ owner, processes }));
    renameSync(`${file}.new`, file);
  };
  write({});
  return {
    record: (processes) =>
      write(Object.fromEntries(Object.entries(processes).map(([name, pid]) => [name, identityOf(pid)]))),
    release: () => rmSync(file, { force: true }),
  };
}

async function assertGone(processes, dataDir, patienceMs) {
  const left = () => Object.entries(processes).filter(([, identity]) => isStillRunning(identity));
  if (await until(() => left().length === 0, { timeoutMs: patienceMs, everyMs: 100 })) return;
  const names = left().map(([name, { pid }]) => `${name} (process ${pid})`);
  const pids = left().map(([, { pid }]) => pid);
  throw new CannotStart(
    `An earlier start left these running on ${dataDir}: ${names.join(', ')}. Stop them with: kill ${pids.join(' ')}`,
  );
}

/** A lock nobody can read was cut short by a crash: it holds nothing. */
function read(file) {
  if (!existsSync(file)) return undefined;
  try {
    const { owner, processes } = JSON.parse(readFileSync(file, 'utf8'));
    return owner && processes ? { owner, processes } : undefined;
  } catch {
    return undefined;
  }
}
