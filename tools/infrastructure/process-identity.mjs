import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Does a process with this id exist? Another user's process counts. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/**
 * What tells a process from a later one that got the same id: the id and, where the kernel tells it, the time it
 * started. After a reboot or in a container, small ids come back within seconds.
 */
export function identityOf(pid) {
  return { pid, started: startTicks(pid) };
}

/** Is the very process that `identityOf` described still running? */
export function isStillRunning({ pid, started }) {
  if (!isAlive(pid) || isZombie(pid)) return false;
  return !started || startTicks(pid) === started;
}

/** Does this process run the program named? Assumed where the kernel does not tell. */
export function runsProgram(pid, program) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0].includes(program);
  } catch {
    return process.platform !== 'linux';
  }
}

/** Ids of the processes whose parent is `pid`. */
export function childrenOf(pid) {
  if (process.platform !== 'linux') {
    const table = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).stdout ?? '';
    return table
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number))
      .filter(([, parent]) => parent === pid)
      .map(([child]) => child);
  }
  // Small images have no ps.
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && statOf(entry)?.[1] === String(pid))
    .map(Number);
}

const startTicks = (pid) => statOf(pid)?.[19];
const isZombie = (pid) => statOf(pid)?.[0] === 'Z';

/** Fields of /proc/<pid>/stat from the state on; undefined where there is no such file. */
function statOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name is in parentheses and may hold spaces.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
