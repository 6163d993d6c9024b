import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '@hookshop/testing';
import { freePortBase } from './infrastructure/ports.mjs';
import { scratchFolder } from './testing/scratch-folder.mjs';

const script = fileURLToPath(new URL('./start.mjs', import.meta.url));
const scratch = scratchFolder();
const dataDir = join(scratch.folder, 'data');
let portBase: number;

beforeAll(async () => (portBase = await freePortBase()));
afterAll(() => scratch.remove());

interface Running {
  process: ChildProcess;
  /** What it has printed so far. */
  said(): string;
  /** Ends it as Ctrl-C does, and resolves with its exit code. */
  interrupt(): Promise<number | null>;
}

function start(more: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [script], {
    env: { PATH: process.env['PATH'], HOOKSHOP_PORT_BASE: String(portBase), HOOKSHOP_DATA: dataDir, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  return {
    process: child,
    said: () => output,
    async interrupt() {
      const ended = once(child, 'exit');
      child.kill('SIGINT');
      return ((await ended) as [number | null])[0];
    },
  };
}

const says = (running: Running, words: string) =>
  eventually(running.said, (text) => text.includes(words), { timeoutMs: 180_000 });

/** The order that the welcome tells people to place, sent as its curl sends it. */
async function placeAsTold(welcome: string): Promise<string> {
  const [, url] = /curl -s (\S+\/v1\/orders) /.exec(welcome)!;
  const [, key] = /Bearer (\S+)"/.exec(welcome)!;
  const [, body] = /-d '(.+)'/.exec(welcome)!;
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const response = await fetch(url!, { method: 'POST', headers, body });
  expect(response.status).toBe(201);
  return `${url}/${((await response.json()) as { id: string }).id}`;
}

async function statusOf(order: string): Promise<string> {
  const response = await fetch(order, { headers: { authorization: 'Bearer sk_shop_demo' } });
  return ((await response.json()) as { status: string }).status;
}

const pidOf = (service: string): number =>
  JSON.parse(readFileSync(join(dataDir, 'shop.lock'), 'utf8')).processes[service].pid;

it('npm start opens a shop, keeps it running, closes it on Ctrl-C, and finds its orders again', async () => {
  const first = start();
  const order = await placeAsTold(await says(first, 'Ctrl-C stops everything'));
  await eventually(
    () => statusOf(order),
    (status) => status === 'confirmed',
    { timeoutMs: 60_000 },
  );

  process.kill(pidOf('email'), 'SIGKILL');
  await says(first, 'email ended unexpectedly (SIGKILL)');
  await says(first, 'email is ready again');

  const second = start({ HOOKSHOP_PORT_BASE: String(await freePortBase()) });
  await says(second, `Another Hookshop (process ${first.process.pid}) runs on`);

  expect(await first.interrupt()).toBe(0);
  await expect(fetch(order)).rejects.toThrow();

  const third = start();
  await says(third, 'Ctrl-C stops everything');
  expect(await statusOf(order)).toBe('confirmed');
  expect(await third.interrupt()).toBe(0);
});

it('npm start ends with one message when its environment is wrong', async () => {
  const wrong = start({ HOOKSHOP_PORT_BASE: '70000' });
  const [code] = (await once(wrong.process, 'close')) as [number];

  expect(code).toBe(1);
  expect(wrong.said().trim().split('\n')).toEqual([expect.stringContaining('HOOKSHOP_PORT_BASE is "70000"')]);
});
