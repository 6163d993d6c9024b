import { readdirSync, rmSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { isNeeded } from './needed.mjs';

/**
 * Takes out of installed packages what no running service reads.
 *
 *     node docker/slim.mjs <a folder with node_modules in it>
 */
const folder = join(process.argv[2], 'node_modules');
let [kept, removed] = [0, 0];

for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const file = join(entry.parentPath, entry.name);
  const { size } = statSync(file);
  if (isNeeded(relative(folder, file).replaceAll(sep, '/'))) {
    kept += size;
  } else {
    rmSync(file);
    removed += size;
  }
}

const mega = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
console.log(`${folder}: ${mega(kept)} kept, ${mega(removed)} removed`);
