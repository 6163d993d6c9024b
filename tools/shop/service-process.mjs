import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CannotStart } from '../infrastructure/cannot-start.mjs';
import { launch } from '../infrastructure/launch.mjs';
import { logTail } from '../infrastructure/log-tail.mjs';
import { until } from '../infrastructure/until.mjs';

const READY_MS = 90_000;
const STOP_MS = 10_000;

/** Seven small heaps on one machine: V8 would rather let each grow to a quarter of the memory before it collects. */
const NODE_FLAGS = ['--max-old-space-size=256', '--max-semi-space-size=8'];

/** One service of the shop as a process that can be started, killed and started again. */
export function serviceProcess({ service, node, root, env, url, logFile, nodeFlags = NODE_FLAGS }) {
  let child;

  async function start() {
    if (!existsSync(service.main))
      throw new CannotStart(`apps/${service.name} is not built. Build it with: npm run build`);
    child = await launch({
      command: node,
      args: [...nodeFlags, service.main],
      cwd: root,
      // Compiling the packages is most of a start; what one start compiled the next one reads.
      env: { NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'node'), ...env },
      logFile,
    });
    const state = await until(async () => (!child.running() && 'ended') || ((await isReady(url)) && 'ready'), {
      timeoutMs: READY_MS,
      everyMs: 50,
    });
    if (state === 'ready') return;
    const answer = state ? undefined : await readiness(url);
    await child.end('SIGTERM', STOP_MS);
    throw new CannotStart(
      `${service.name} ${state ? 'ended while it started' : `was not ready in ${READY_MS / 1000} s`}.` +
        `${answer ? ` Its readiness: ${answer}` : ''} Its last words (${logFile}):\n${logTail(logFile)}`,
    );
  }

  return {
    logFile,
    get pid() {
      return child?.pid;
    },
    get process() {
      return child;
    },
    start,
    stop: async () => child?.end('SIGTERM', STOP_MS),
    kill: async (signal = 'SIGKILL') => child?.end(signal, STOP_MS),
  };
}

async function isReady(url) {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

async function readiness(url) {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
    return `${response.status} ${await response.text()}`;
  } catch (error) {
    return `no answer (${error.cause?.code ?? error.message})`;
  }
}
