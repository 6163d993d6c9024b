import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CannotStart } from './cannot-start.mjs';

const run = promisify(execFile);

/** Checksums as the release's own SHA256SUMS gives them, pinned so that a changed archive is refused. */
const RELEASE = {
  version: '2.14.5',
  sha256: {
    'linux-amd64': '5e3b603d47c447bda1f77f9ac16dbf91c90aac4ff3681f8fbbc7201e4ed99355',
    'linux-arm64': '673a98d3faa79dde3f9ebf16d6dfac36a5f694e7ad2015e4954dd7939c85cd4c',
    'darwin-amd64': 'f95c98d6b6ed2b63c5681b46b092c9585c99767d547cf495730c329234625e96',
    'darwin-arm64': 'ddd907854d9a2de834af133fa396915fe6442fe6d8909ae31390d1ea7a0fea50',
  },
};

/** Fetches a nats-server into the file `into`; root is not needed. */
export async function provisionNats({ into, cache, log }) {
  mkdirSync(cache, { recursive: true });
  const workplace = mkdtempSync(join(cache, 'fetching-'));
  const faults = [];
  try {
    for (const { name, applies, fetchInto } of sources) {
      if (!applies()) continue;
      log(`fetching nats-server ${name}`);
      try {
        const binary = await fetchInto(workplace, cache);
        chmodSync(binary, 0o755);
        // Onto the final name at once: a second start never sees half a file.
        const finished = join(workplace, 'finished');
        copyFileSync(binary, finished);
        renameSync(finished, into);
        return;
      } catch (error) {
        faults.push(`  ${name}: ${(error.stderr || error.cause?.message || error.message).trim()}`);
      }
    }
  } finally {
    rmSync(workplace, { recursive: true, force: true });
  }
  throw new CannotStart(
    `There is no nats-server on this machine, and none could be fetched:\n${faults.join('\n')}\n` +
      'Install one (https://github.com/nats-io/nats-server/releases), put it on PATH or point NATS_SERVER at it, and start again.',
  );
}

const hasCommand = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

const sources = [
  {
    name: 'from the Debian archive',
    applies: () => platform() === 'linux' && hasCommand('apt-get') && hasCommand('dpkg'),
    fetchInto: fetchWithApt,
  },
  {
    name: `${RELEASE.version} from its release page`,
    applies: () => true,
    fetchInto: fetchRelease,
  },
];

async function fetchWithApt(workplace, cache) {
  // apt warns when its unprivileged fetcher cannot write here; as root it may simply fetch as root.
  const options = ['-o', 'APT::Sandbox::User=root'];
  try {
    await run('apt-get', [...options, 'download', 'nats-server'], { cwd: workplace });
  } catch {
    // The machine's package lists are missing or too old; ours need no root.
    const lists = join(cache, 'apt', 'lists');
    const archives = join(cache, 'apt', 'cache');
    mkdirSync(join(lists, 'partial'), { recursive: true });
    mkdirSync(join(archives, 'archives', 'partial'), { recursive: true });
    const own = [...options, '-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${archives}`];
    await run('apt-get', [...own, 'update'], { cwd: workplace });
    await run('apt-get', [...own, 'download', 'nats-server'], { cwd: workplace });
  }
  const archive = readdirSync(workplace).find((name) => name.endsWith('.deb'));
  await run('dpkg', ['-x', join(workplace, archive), join(workplace, 'unpacked')]);
  return join(workplace, 'unpacked', 'usr', 'sbin', 'nats-server');
}

async function fetchRelease(workplace) {
  const target = `${platform()}-${{ x64: 'amd64', arm64: 'arm64' }[arch()] ?? arch()}`;
  const expected = RELEASE.sha256[target];
  if (!expected) throw new Error(`no release is pinned for ${target}`);
  const stem = `nats-server-v${RELEASE.version}-${target}`;
  const url = `https://github.com/nats-io/nats-server/releases/download/v${RELEASE.version}/${stem}.tar.gz`;
  const response = await fetch(url, { signal: AbortSignal.timeout(120_000) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const archive = Buffer.from(await response.arrayBuffer());
  const found = createHash('sha256').update(archive).digest('hex');
  if (found !== expected) throw new Error(`${url} has the checksum ${found} instead of ${expected}`);
  const file = join(workplace, 'release.tar.gz');
  writeFileSync(file, archive);
  await run('tar', ['-xzf', file, '-C', workplace]);
  const binary = join(workplace, stem, 'nats-server');
  if (!existsSync(binary)) throw new Error(`${url} holds no nats-server`);
  return binary;
}
