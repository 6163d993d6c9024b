import { spawnSync } from 'node:child_process';
import { CannotStart } from './cannot-start.mjs';

/**
 * PostgreSQL refuses to run as root, so root runs it as somebody without rights. Anybody else runs it as himself.
 *
 * @returns {{ uid: number, gid: number, name: string } | undefined} undefined: as ourselves
 */
export function postgresAccount() {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const uid = idOf(name, '-u');
    const gid = idOf(name, '-g');
    if (uid && gid) return { uid, gid, name };
  }
  throw new CannotStart(
    'PostgreSQL refuses to run as root, and there is neither a user "postgres" nor "nobody" to run it as. ' +
      'Run the shop as an ordinary user, or add one: useradd --system postgres',
  );
}

const idOf = (name, flag) => Number(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout) || undefined;

/** May that account enter the folder? Asked of the kernel, because modes, ACLs and mounts all have a say. */
export const canEnter = (folder, account) => runsAs(account, '/bin/sh', ['-c', 'cd "$0"', folder]);

export const canRun = (program, account) => runsAs(account, program, ['--version']);

function runsAs({ uid, gid, name }, command, args) {
  const { status, error } = spawnSync(command, args, { uid, gid, cwd: '/', stdio: 'ignore' });
  if (error?.code === 'EPERM' || error?.code === 'EINVAL') {
    throw new CannotStart(
      `PostgreSQL refuses to run as root, and here root may not switch to the user "${name}". ` +
        'Run the shop as an ordinary user.',
    );
  }
  return status === 0;
}
