import { readdirSync } from 'node:fs';
import { createProjectGraphAsync } from '@nx/devkit';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

// The boundaries below are checked against nx's graph of the workspace. Without a fresh one on disk the rule would
// pass everything with no more than a remark.
await createProjectGraphAsync({ exitOnError: false });

const foldersIn = (path) =>
  readdirSync(new URL(path, import.meta.url), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
const apps = foldersIn('apps/');

/** Which library may use which: acyclic, and an app never imports another app. */
const libraries = {
  contracts: [],
  config: [],
  observability: ['config'],
  persistence: ['config', 'observability'],
  messaging: ['contracts', 'persistence', 'config', 'observability'],
  http: ['config', 'observability'],
  webhooks: [],
  testing: [],
};
const boundaries = [
  ...Object.entries(libraries).map(([name, uses]) => ({
    sourceTag: `lib:${name}`,
    onlyDependOnLibsWithTags: uses.map((used) => `lib:${used}`),
  })),
  {
    sourceTag: 'scope:app',
    onlyDependOnLibsWithTags: [
      'lib:contracts',
      'lib:config',
      'lib:http',
      'lib:messaging',
      'lib:observability',
      'lib:persistence',
      'lib:webhooks',
    ],
  },
];

const testingIsForSpecs = ['@hookshop/testing', '@hookshop/messaging/testing'].map((name) => ({
  name,
  message: `Only specs may import ${name}.`,
}));
const appsAreClosed = {
  group: apps.flatMap((app) => [`@hookshop/${app}`, `@hookshop/${app}/*`]),
  message: 'An app never imports another app: answer its facts, or ask it over the broker.',
};
/** An aggregate is a class that TypeORM stores: it decides about its state, not how that is reached or told. */
const aggregatesStandAlone = {
  selector:
    "Program:has(Decorator[expression.callee.name='Entity']) > " +
    'ImportDeclaration[source.value=/^(@nestjs\\u002F|@nats-io\\u002F|fastify$|@hookshop\\u002F(messaging|http)$)/]',
  message: 'An aggregate imports neither Nest nor messaging: it decides, others carry its facts.',
};

/** `equals` and `compare` stop at the first byte that differs, and the time they take tells how many did not. */
const secretsTakeTheirTime = {
  selector: 'CallExpression[callee.property.name=/^(equals|compare)$/]',
  message: 'Keys and signatures are compared in constant time: timingSafeEqual of node:crypto.',
};

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', '.data*/**', 'coverage/**', 'bench/results/**'] },
  ...tseslint.configs.recommended,
  prettier,
  {
    plugins: { '@nx': nx },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
    },
  },
  {
    files: ['apps/*/src/**/*.ts', 'libs/*/src/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/src/**/testing/**', 'libs/testing/**'],
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        { enforceBuildableLibDependency: false, allow: [], depConstraints: boundaries },
      ],
      'no-restricted-imports': ['error', { paths: testingIsForSpecs, patterns: [appsAreClosed] }],
    },
  },
  {
    // What is matched was mostly written by strangers: no pattern may take more than linear time.
    files: ['apps/*/src/**/*.ts', 'libs/*/src/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/src/**/testing/**'],
    plugins: { regexp },
    rules: {
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential' }],
    },
  },
  {
    files: ['apps/*/src/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', aggregatesStandAlone] },
  },
  {
    files: [
      'apps/gateway/src/{api-keys,authentication,inbound}/**/*.ts',
      'libs/webhooks/src/{signed-by,verify*}.ts',
      'libs/webhooks/src/schemes/**/*.ts',
    ],
    ignores: ['**/*.spec.ts', '**/testing/**'],
    rules: { 'no-restricted-syntax': ['error', aggregatesStandAlone, secretsTakeTheirTime] },
  },
  {
    files: ['tools/**', 'bench/**', '**/*.mjs', '**/*.config.js'],
    rules: { 'no-console': 'off' },
  },
);
