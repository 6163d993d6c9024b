import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../infrastructure/until.mjs';
import { node, projectEnvironment, root } from '../workspace/root.mjs';

/** A run whose results are in must end; whatever a spec left open would keep it forever. */
const EXIT_MS = 30_000;

const flags = {
  unit: ['--maxWorkers=100%'],
  int: ['--testTimeout=30000', '--maxWorkers=2'],
  // One shop, one after the other: what two specs do to it at once would be neither's fact.
  e2e: ['--testTimeout=60000', '--runInBand'],
  faults: ['--testTimeout=600000', '--runInBand'],
};

export const selections = Object.keys(flags);

/**
 * Runs the specs of one selection and shows what jest shows.
 *
 * @returns {Promise<{ passed: number, failed: number, faults: string[] }>} `faults`: what failed beside tests
 */
export async function runJest(selection, more = []) {
  const folder = mkdtempSync(join(tmpdir(), 'hookshop-jest-'));
  const file = join(folder, 'results.json');
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const child = spawn(
    node,
    [jest, '--selectProjects', selection, '--json', `--outputFile=${file}`, ...flags[selection], ...more],
    { cwd: root, env: environment(), stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ended = new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  let code;
  void ended.then((value) => (code = value));
  await until(() => code !== undefined || existsSync(file), { timeoutMs: Infinity, everyMs: 200 });
  const left = await until(() => code !== undefined, { timeoutMs: EXIT_MS, everyMs: 50 });
  if (!left) child.kill('SIGKILL');
  const result = tally(selection, file, code, Boolean(left));
  rmSync(folder, { recursive: true, force: true });
  return result;
}

const environment = () => ({
  ...projectEnvironment(),
  NODE_OPTIONS:
    `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`.trim(),
});

function tally(selection, file, code, left) {
  if (!existsSync(file))
    return { passed: 0, failed: 0, faults: [`${selection}: jest ended with code ${code} and no results`] };
  const results = JSON.parse(readFileSync(file, 'utf8'));
  const { numPassedTests: passed, numFailedTests: failed, numRuntimeErrorTestSuites: broken } = results;
  const faults = [];
  if (broken > 0) faults.push(`${selection}: ${broken} spec files could not be run`);
  if (!left) faults.push(`${selection}: jest did not exit, a spec left something open`);
  if (passed + failed === 0) faults.push(`${selection}: no test ran`);
  else if (code !== 0 && failed === 0 && broken === 0 && left)
    faults.push(`${selection}: jest ended with code ${code}`);
  return { passed, failed, faults };
}
