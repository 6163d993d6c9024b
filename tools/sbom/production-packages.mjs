/**
 * What the apps need when they run, followed through the lock file from each app's own dependencies. npm's own
 * `--omit=dev` leaves out whatever any workspace also needs for its specs, the framework itself among them.
 *
 * @param {{ packages: Record<string, object> }} lock package-lock.json
 * @param {string} [only] name of the one app that counts
 * @returns {Map<string, string>} `name@version` by the folder it lies in
 */
export function productionPackages({ packages }, only = '[^/]+') {
  const found = new Map();
  const app = new RegExp(`^apps/${only}$`);
  const left = Object.keys(packages).filter((path) => app.test(path));
  while (left.length > 0) {
    const path = left.pop();
    if (found.has(path)) continue;
    found.set(path, `${nameOf(packages, path)}@${packages[path].version}`);
    left.push(...neededBy(packages, path));
  }
  return found;
}

function neededBy(packages, path) {
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta } = packages[path];
  // An optional peer is there for whoever asked for it, and is found through them.
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta?.[name]?.optional);
  const names = new Set([...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...peers]);
  return [...names].flatMap((name) => {
    const at = resolve(packages, path, name);
    if (at !== undefined) return [at];
    if (name in optionalDependencies) return [];
    throw new Error(`package-lock.json lacks ${name}, which ${path} needs: npm ci`);
  });
}

/** As Node looks for it: from the folder upwards. A link leads to the workspace it stands for. */
function resolve(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    const at = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (packages[at] !== undefined) return packages[at].link ? packages[at].resolved : at;
    if (folder === '') return undefined;
  }
}

const nameOf = (packages, path) => packages[path].name ?? path.slice(path.lastIndexOf('node_modules/') + 13);
