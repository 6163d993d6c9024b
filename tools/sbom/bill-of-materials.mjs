import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { productionPackages } from './production-packages.mjs';

/**
 * Everything that runs in production, as the lock file has it, in CycloneDX: our own workspaces and the packages of the
 * registry, each with its version, licence, hash and what it depends on.
 *
 * @param {string} root
 * @returns {{ specVersion: string, metadata: { component: { 'bom-ref': string } },
 *   components: { 'bom-ref': string, purl: string, hashes?: { content: string }[] }[],
 *   dependencies: { ref: string, dependsOn: string[] }[] }}
 */
export function billOfMaterials(root) {
  const read = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'));
  const bill = describeAll(root);
  const runs = new Set(productionPackages(read('package-lock.json')).values());
  const { name, version } = read('package.json');
  const whole = bill.metadata.component['bom-ref'];
  bill.components = bill.components.filter((component) => runs.has(component['bom-ref']));
  bill.dependencies = bill.dependencies
    .filter(({ ref }) => ref === whole || runs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((needed) => runs.has(needed)) }));
  // npm names the whole after the folder it happens to lie in.
  Object.assign(bill.metadata.component, { name, version });
  return bill;
}

function describeAll(root) {
  const { stdout, stderr, status } = spawnSync(
    'npm',
    ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 ** 2, shell: process.platform === 'win32' },
  );
  if (status !== 0) throw new Error(`npm sbom failed:\n${stderr.trim()}`);
  return JSON.parse(stdout);
}
