import { spawnSync } from 'node:child_process';
import { verdict } from './audit/verdict.mjs';
import { root } from './workspace/root.mjs';

// Known faults of the packages the services run on. A registry that keeps no such list fails nobody's build.
const { stdout, stderr } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  cwd: root,
  encoding: 'utf8',
  timeout: 120_000,
  shell: process.platform === 'win32',
});

try {
  const { outcome, lines } = verdict(stdout || '{}');
  for (const line of lines) console.log(line);
  if (outcome === 'unaudited') {
    console.log('NOT AUDITED: the registry in use does not say what is known to be wrong with its packages.');
    console.log('That is no clean bill: run this again where the public registry answers.');
  }
  if (outcome === 'findings') process.exitCode = 1;
} catch (error) {
  console.error(error.message);
  console.error(stderr.trim());
  process.exitCode = 1;
}
