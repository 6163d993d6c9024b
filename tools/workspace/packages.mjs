import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CannotStart } from '../infrastructure/cannot-start.mjs';
import { node, root } from './root.mjs';

/** What npm says it installed last. */
const installedFile = join(root, 'node_modules', '.package-lock.json');

/** Installs what package-lock.json names when nothing is installed yet. */
export function installPackages(log) {
  if (!existsSync(installedFile)) {
    log('installing packages (npm ci)');
    // Its warnings are about the Node that runs npm; the packages run on the one that is installed with them.
    const { status } = spawnSync('npm', ['ci', '--loglevel=error'], { cwd: root, stdio: 'inherit' });
    if (status !== 0)
      throw new CannotStart('npm ci failed; what it says above tells why. A first start needs a network.');
  }
  const outdated = outdatedPackage();
  if (outdated) {
    throw new CannotStart(
      `The installed packages are not those of package-lock.json (${outdated}). Install them: npm ci`,
    );
  }
  if (!existsSync(node)) {
    throw new CannotStart(
      'The Node that the services run on is missing: npm was kept from running its install script. Allow it: npm rebuild node',
    );
  }
}

/** The first package that is missing or of another version than package-lock.json wants. */
function outdatedPackage() {
  const wanted = lockedIn(join(root, 'package-lock.json'));
  const installed = lockedIn(installedFile);
  return Object.keys(wanted).find(
    (path) =>
      path.startsWith('node_modules/') &&
      !wanted[path].link &&
      // Those of other platforms stay away.
      !wanted[path].optional &&
      !wanted[path].devOptional &&
      !wanted[path].peer &&
      installed[path]?.version !== wanted[path].version,
  );
}

const lockedIn = (file) => JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
