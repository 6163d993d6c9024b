import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { eventually } from '@hookshop/testing';
import { scratchFolder } from '../testing/scratch-folder.mjs';
import { launch } from './launch.mjs';
import { logTail } from './log-tail.mjs';
import { isAlive } from './process-identity.mjs';

const scratch = scratchFolder();
const logFile = join(scratch.folder, 'child.log');
const shell = (script: string) => ({ command: '/bin/sh', args: ['-c', script], logFile });
afterAll(() => scratch.remove());

describe('launch', () => {
  it('tells how a process ended, and its last words', async () => {
    const child = await launch(shell('echo one; echo two; exit 3'));

    expect(await child.exited).toEqual({ code: 3, signal: null });
    expect(logTail(logFile, 1)).toBe('two');
  });

  it('kills a process that does not end when it is asked to', async () => {
    const stubborn = await launch(shell("trap '' TERM; echo ready; while :; do sleep 0.05; done"));
    await eventually(
      () => logTail(logFile, 1),
      (line) => line === 'ready',
    );

    await stubborn.end('SIGTERM', 100);

    expect(await stubborn.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('says so when there is no such program', async () => {
    await expect(launch({ command: '/nowhere/program', logFile })).rejects.toThrow(
      '/nowhere/program cannot be started',
    );
  });

  it('ends what we started when we are killed', async () => {
    const launcher = new URL('./launch.mjs', import.meta.url).href;
    const script =
      `const { launch } = await import('${launcher}');` +
      `const child = await launch({ command: 'sleep', args: ['600'], logFile: '${logFile}' });` +
      'console.log(child.pid); setInterval(() => {}, 1000);';
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
    expect(isAlive(Number(line))).toBe(true);

    parent.kill('SIGKILL');

    await eventually(() => !isAlive(Number(line)));
  });
});
