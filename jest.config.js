import { readFileSync } from 'node:fs';

const swc = JSON.parse(readFileSync(new URL('.swcrc', import.meta.url), 'utf8'));
delete swc.exclude;

/** Unit specs touch nothing outside the process; integration specs use real PostgreSQL and NATS; e2e specs the whole shop. */
const project = (displayName, testMatch, testPathIgnorePatterns = []) => ({
  displayName,
  rootDir: import.meta.dirname,
  testMatch,
  testPathIgnorePatterns: ['/node_modules/', '/dist/', ...testPathIgnorePatterns],
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@hookshop/source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json'],
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swc, swcrc: false }] },
  setupFiles: ['reflect-metadata'],
});

export default {
  projects: [
    project('unit', ['**/*.spec.ts'], ['\\.int\\.spec\\.ts$', '\\.e2e\\.spec\\.ts$', '\\.fault\\.spec\\.ts$']),
    {
      ...project('int', ['**/*.int.spec.ts']),
      globalSetup: './tools/testing/int-setup.mjs',
      globalTeardown: './tools/testing/int-teardown.mjs',
    },
    {
      ...project('e2e', ['**/*.e2e.spec.ts']),
      globalSetup: './tools/testing/e2e-setup.mjs',
      globalTeardown: './tools/testing/e2e-teardown.mjs',
    },
    { ...project('faults', ['**/*.fault.spec.ts']) },
  ],
};
