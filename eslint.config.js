import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** Which library may use which: acyclic, and an app never imports another app. */
const libraries = {
  contracts: [],
  config: [],
  observability: ['config'],
  persistence: ['config', 'observability'],
  messaging: ['contracts', 'persistence', 'config', 'observability'],
  http: ['config', 'observability'],
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
    ],
  },
];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', '.data/**', 'coverage/**', 'bench/results/**'] },
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
    ignores: ['**/*.spec.ts', 'libs/testing/**'],
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        { enforceBuildableLibDependency: false, allow: [], depConstraints: boundaries },
      ],
      'no-restricted-imports': [
        'error',
        { paths: [{ name: '@hookshop/testing', message: 'Only specs may import @hookshop/testing.' }] },
      ],
    },
  },
  {
    files: ['tools/**', 'bench/**', '**/*.mjs', '**/*.config.js'],
    rules: { 'no-console': 'off' },
  },
);
