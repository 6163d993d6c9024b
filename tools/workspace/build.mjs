import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CannotStart } from '../infrastructure/cannot-start.mjs';
import { projectEnvironment, root } from './root.mjs';

/**
 * Builds what changed since the last time. Shows what the compiler says only when it fails.
 *
 * @param {string} [project] only this one and what it needs
 */
export async function build(project) {
  const child = spawn(
    join(root, 'node_modules', '.bin', 'nx'),
    ['run-many', '-t', 'build', '--outputStyle=static', ...(project ? ['-p', project] : [])],
    {
      cwd: root,
      env: projectEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new CannotStart(`The build failed:\n${output.trim()}`);
}
