import { isNeeded } from '../docker/needed.mjs';

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
