import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { isNeeded } from '../docker/needed.mjs';
import { productionPackages } from './sbom/production-packages.mjs';
import { root } from './workspace/root.mjs';

describe('what an image keeps of a package', () => {
  it.each([
    'pg/lib/index.js',
    'pg/package.json',
    'typeorm/index.mjs',
    'typeorm/driver/postgres/PostgresDriver.js',
    'rxjs/dist/cjs/index.js',
    '@fastify/static/index.js',
    '@fastify/static/node_modules/glob/dist/index.min.js',
    'yaml/dist/doc/Document.js',
    'some/lib/test/runner.js',
    'swagger-ui-dist/swagger-ui-bundle.js',
    'libphonenumber-js/metadata.max.json',
  ])('is what runs: %s', (path) => {
    expect(isNeeded(path)).toBe(true);
  });

  it.each(['pg/LICENSE', 'pg/LICENCE.md', 'undici/docs/LICENSE', 'some/NOTICE.md', 'typeorm/browser/license.txt'])(
    'is its licence: %s',
    (path) => {
      expect(isNeeded(path)).toBe(true);
    },
  );

  it.each([
    'pg/lib/index.d.ts',
    'pg/lib/index.js.map',
    'pg/README.md',
    'fastify/test/404s.test.js',
    '@fastify/static/test/static.test.js',
    '@fastify/static/node_modules/glob/dist/index.d.mts',
    '@fastify/ajv-compiler/node_modules/ajv/benchmark/run.js',
    'typeorm/browser/index.js',
    'rxjs/dist/esm5/index.js',
    'swagger-ui-dist/swagger-ui.js',
  ])('is not %s', (path) => {
    expect(isNeeded(path)).toBe(false);
  });
});

describe('what images hold of packages', () => {
  interface Locked {
    os?: string[];
    cpu?: string[];
    libc?: string[];
  }
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  // The load's image has undici alone, as apps have it.
  const folders = [...productionPackages({ packages }).keys()].filter((folder) => folder.includes('node_modules/'));

  it('is chosen for no platform', () => {
    const forSome = folders.filter((folder) => {
      const { os, cpu, libc } = packages[folder]!;
      return (os ?? cpu ?? libc) !== undefined;
    });

    expect(folders).toContain('node_modules/undici');
    expect(forSome).toEqual([]);
  });

  it('is no machine code, and nothing that an installation would compile to some', () => {
    const files = folders.flatMap(filesOf);

    expect(files.length).toBeGreaterThan(1_000);
    expect(files.filter((file) => isMachineCode(file) || file.endsWith('binding.gyp'))).toEqual([]);
  });

  it('would be noticed, were it machine code', () => {
    expect(isMachineCode(process.execPath)).toBe(true);
  });
});

/** Those that an image keeps of a package, without packages inside it: they are folders of their own. */
function filesOf(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => {
      const inside = relative(join(root, folder), file).replaceAll(sep, '/');
      return !inside.includes('node_modules/') && isNeeded(`${folder.split('node_modules/').at(-1)}/${inside}`);
    });
}

/** ELF, Mach-O (either way round, and for several processors), and what Windows runs. */
function isMachineCode(file: string): boolean {
  const start = Buffer.alloc(4);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, start, 0, 4, 0);
  closeSync(descriptor);
  const begins = ['7f454c46', 'feedface', 'feedfacf', 'cefaedfe', 'cffaedfe', 'cafebabe'].includes(
    start.toString('hex'),
  );
  return begins || start.toString('latin1', 0, 2) === 'MZ' || /\.(?:node|so|dylib|dll|exe)$/.test(file);
}
