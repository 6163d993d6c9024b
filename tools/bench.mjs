import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CannotStart } from './infrastructure/cannot-start.mjs';
import { build } from './workspace/build.mjs';
import { installPackages } from './workspace/packages.mjs';
import { node, projectEnvironment, root } from './workspace/root.mjs';

const folder = join(root, 'bench');
const benches = readdirSync(folder)
  .filter((file) => file.endsWith('.mjs'))
  .map((file) => file.replace('.mjs', ''));

async function run([name, ...options]) {
  const program = join(folder, `${name}.mjs`);
  if (!name || !existsSync(program)) throw new CannotStart(`npm run bench <${benches.join('|')}> [-- options]`);
  installPackages(console.log);
  await build();
  const child = spawn(node, [program, ...options], { cwd: root, env: projectEnvironment(), stdio: 'inherit' });
  // Ctrl-C reaches the bench as well; it stops its shop, and we follow.
  process.on('SIGINT', () => {});
  const [code, signal] = await once(child, 'exit');
  return code ?? (signal ? 130 : 0);
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof CannotStart ? error.message : error);
  process.exitCode = 2;
}
