import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * Lays out what an image holds of ours: the compiled app and every library it depends on, none else.
 *
 *     node docker/assemble.mjs @hookshop/order <where its production packages are installed> <target>
 */
const [app, production, target] = process.argv.slice(2);
const root = process.cwd();
const placed = new Set();

place(app);

function place(name) {
  if (placed.has(name)) return;
  placed.add(name);
  const folder = relative(root, realpathSync(join('node_modules', name)));
  const copy = (from, part, filter = () => true) =>
    cpSync(join(from, folder, part), join(target, folder, part), { recursive: true, filter });

  copy(root, 'package.json');
  copy(root, 'dist', (file) => !file.endsWith('.map'));
  // Packages of its own, where npm could not share one version with the others.
  if (existsSync(join(production, folder, 'node_modules'))) copy(production, 'node_modules');

  const link = join(target, 'node_modules', name);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(relative(dirname(link), join(target, folder)), link);

  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  Object.keys(dependencies)
    .filter((dependency) => dependency.startsWith('@hookshop/'))
    .forEach(place);
}
