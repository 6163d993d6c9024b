import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf } from '../infrastructure/process-identity.mjs';
import { scratchFolder } from '../testing/scratch-folder.mjs';
import { lockDataFolder } from './lock.mjs';

let scratch: ReturnType<typeof scratchFolder>;
beforeEach(() => (scratch = scratchFolder()));
afterEach(() => scratch.remove());

const lockFile = () => join(scratch.folder, 'shop.lock');
const gone = { pid: 999_999_999, started: '1' };

describe('the lock of a data folder', () => {
  it('keeps a second shop off, and tells how to run one beside', async () => {
    const lock = await lockDataFolder(scratch.folder);

    await expect(lockDataFolder(scratch.folder)).rejects.toThrow(`Another Hookshop (process ${process.pid}) runs on`);
    await expect(lockDataFolder(scratch.folder)).rejects.toThrow('HOOKSHOP_DATA=.data-2');
    lock.release();
  });

  it('can be taken again once it is released', async () => {
    (await lockDataFolder(scratch.folder)).release();

    (await lockDataFolder(scratch.folder)).release();

    expect(existsSync(lockFile())).toBe(false);
  });

  it('is taken over from a start that died', async () => {
    writeFileSync(lockFile(), JSON.stringify({ owner: gone, processes: { order: gone } }));

    await expect(lockDataFolder(scratch.folder)).resolves.toBeDefined();
  });

  it('is taken over when another process got the id of a start that died', async () => {
    const impostor = { ...identityOf(process.pid), started: 'before' };
    writeFileSync(lockFile(), JSON.stringify({ owner: impostor, processes: {} }));

    await expect(lockDataFolder(scratch.folder)).resolves.toBeDefined();
  });

  it('is taken over when a crash cut it short', async () => {
    writeFileSync(lockFile(), '{"owner":{"pi');

    await expect(lockDataFolder(scratch.folder)).resolves.toBeDefined();
  });

  it('names the processes that outlived the start that held it', async () => {
    const orphan = spawn('sleep', ['600'], { stdio: 'ignore' });
    await once(orphan, 'spawn');
    writeFileSync(lockFile(), JSON.stringify({ owner: gone, processes: { order: identityOf(orphan.pid!) } }));

    await expect(lockDataFolder(scratch.folder, { patienceMs: 50 })).rejects.toThrow(
      `order (process ${orphan.pid}). Stop them with: kill ${orphan.pid}`,
    );
    orphan.kill('SIGKILL');
  });
});
