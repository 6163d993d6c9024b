import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../testing/scratch-folder.mjs';
import { natsBinary } from './nats-binary.mjs';

const scratch = scratchFolder();
afterAll(() => scratch.remove());

/** A program of that name that tells a version, as nats-server does. */
function program(folder: string, version: string): string {
  mkdirSync(join(scratch.folder, folder), { recursive: true });
  const path = join(scratch.folder, folder, 'nats-server');
  writeFileSync(path, `#!/bin/sh\necho "nats-server: v${version}"\n`);
  chmodSync(path, 0o755);
  return path;
}

const named = program('named', '2.9.10');
const onPath = program('path', '2.12.0');
const old = program('old', '2.9.9');
const cached = program('cache', '2.10.0');
const PATH = [join(scratch.folder, 'old'), join(scratch.folder, 'path'), '/bin', '/usr/bin'].join(':');
const HOOKSHOP_CACHE = join(scratch.folder, 'cache');

describe('a nats-server is found', () => {
  it('by NATS_SERVER first', async () => {
    await expect(natsBinary({ NATS_SERVER: named, PATH, HOOKSHOP_CACHE })).resolves.toBe(named);
  });

  it('then on PATH, passing over one that is too old', async () => {
    await expect(natsBinary({ PATH, HOOKSHOP_CACHE })).resolves.toBe(onPath);
  });

  it('then in the cache', async () => {
    await expect(natsBinary({ PATH: '/bin', HOOKSHOP_CACHE })).resolves.toBe(cached);
  });
});

describe('NATS_SERVER is refused', () => {
  it('when it is too old', async () => {
    await expect(natsBinary({ NATS_SERVER: old })).rejects.toThrow('version 2.9.9 is older than 2.9.10');
  });

  it('when it is another program', async () => {
    await expect(natsBinary({ NATS_SERVER: '/bin/sh' })).rejects.toThrow(`Point it at a nats-server`);
  });

  it('when it is not there', async () => {
    await expect(natsBinary({ NATS_SERVER: join(scratch.folder, 'nowhere') })).rejects.toThrow(
      'it is not an executable file',
    );
  });
});
