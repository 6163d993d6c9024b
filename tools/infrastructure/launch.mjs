import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { once } from 'node:events';
import { CannotStart } from './cannot-start.mjs';
import { forget, watchOver } from './undertaker.mjs';

/**
 * Starts a long-running process. Its output goes straight into `logFile`, so it outlives us without a broken pipe.
 * It gets a process group of its own: Ctrl-C in a terminal must reach the one who stops things in order, not everyone.
 *
 * @param {{ command: string, args?: string[], cwd?: string, env?: NodeJS.ProcessEnv, uid?: number, gid?: number,
 *   logFile: string }} options
 * @returns {Promise<{ pid: number, exited: Promise<{ code: number | null, signal: string | null }>,
 *   running(): boolean, signal(name: string): void, end(signal: string, graceMs: number): Promise<void> }>}
 */
export async function launch({ command, args = [], cwd, env, uid, gid, logFile }) {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(command, args, { cwd, env, uid, gid, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new CannotStart(`${command} cannot be started: ${error.message}`, { cause: error });
  }
  watchOver(child.pid);
  const exited = new Promise((resolve) =>
    child.once('exit', (code, signal) => {
      forget(child.pid);
      resolve({ code, signal });
    }),
  );
  const running = () => child.exitCode === null && child.signalCode === null;
  const signal = (name) => {
    if (running()) child.kill(name);
  };

  return {
    pid: child.pid,
    exited,
    running,
    signal,
    /** Asks it to end, waits that long, then kills it. Resolves when it is gone. */
    async end(name, graceMs) {
      signal(name);
      const overdue = setTimeout(() => signal('SIGKILL'), graceMs);
      await exited;
      clearTimeout(overdue);
    },
  };
}
