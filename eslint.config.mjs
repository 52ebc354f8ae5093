import eslint from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

// Who may import whom: app → flow → infra → contract → vocabulary; app and flow may also use protocol.
const layers = [
  { sourceTag: 'layer:vocabulary', onlyDependOnLibsWithTags: [] },
  {
    sourceTag: 'layer:protocol',
    onlyDependOnLibsWithTags: ['layer:vocabulary'],
    bannedExternalImports: ['nats', 'ioredis', '@grpc/*', 'pino', 'prom-client', 'fastify'],
  },
  { sourceTag: 'layer:contract', onlyDependOnLibsWithTags: ['layer:vocabulary'] },
  {
    sourceTag: 'layer:infra',
    onlyDependOnLibsWithTags: ['layer:infra', 'layer:contract', 'layer:vocabulary'],
  },
  {
    sourceTag: 'layer:flow',
    onlyDependOnLibsWithTags: ['layer:infra', 'layer:contract', 'layer:protocol', 'layer:vocabulary'],
  },
  {
    sourceTag: 'layer:app',
    onlyDependOnLibsWithTags: [
      'layer:flow',
      'layer:infra',
      'layer:contract',
      'layer:protocol',
      'layer:vocabulary',
    ],
  },
  { sourceTag: 'layer:testing', onlyDependOnLibsWithTags: ['layer:infra', 'layer:vocabulary'] },
  // What others test their applications with: the system and scripted peers in a container, and its client.
  {
    sourceTag: 'layer:test-app',
    onlyDependOnLibsWithTags: ['layer:testing', 'layer:infra', 'layer:contract', 'layer:vocabulary'],
  },
  { sourceTag: 'layer:client', onlyDependOnLibsWithTags: [] },
];
// Tests may also use the scripted peers and the local authority.
const layersOfTests = layers.map((layer) => ({
  ...layer,
  onlyDependOnLibsWithTags: [
    ...layer.onlyDependOnLibsWithTags,
    'layer:testing',
    'layer:infra',
    layer.sourceTag,
  ],
}));
const boundaries = (depConstraints, more = {}) => ({
  '@nx/enforce-module-boundaries': [
    'error',
    {
      enforceBuildableLibDependency: false,
      allow: [],
      depConstraints,
      banTransitiveDependencies: false,
      ...more,
    },
  ],
});

const tests = ['**/*.test.ts', '**/test/**/*.ts', 'apps/e2e/**/*.ts', 'libs/testing/**/*.ts'];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/generated/**', '.nx/**', 'reports/**', '.sealpost/**'] },
  {
    files: ['**/*.ts'],
    extends: [
      eslint.configs.recommended,
      ...tseslint.configs.strictTypeChecked,
      ...tseslint.configs.stylisticTypeChecked,
    ],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      ...boundaries(layers),
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      complexity: ['error', 12],
      'max-lines': ['error', { max: 300 }],
      'max-lines-per-function': ['error', { max: 50, skipComments: true, skipBlankLines: true }],
      'max-params': ['error', 4],
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'Settings are read in config.ts and passed on from main.ts.',
        },
      ],
    },
  },
  {
    files: ['**/config.ts', '**/main.ts', 'apps/local/src/start.ts', 'tools/**/*.ts', 'vitest.*.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: tests,
    rules: {
      // An example imports the package that it shows.
      ...boundaries(layersOfTests, { allowCircularSelfDependency: true }),
      // A matrix is read as one table.
      'max-lines': ['error', { max: 500 }],
      'max-lines-per-function': 'off',
      'no-restricted-syntax': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
    },
  },
  // Wiring is one list, read from top to bottom.
  { files: ['**/main.ts'], rules: { 'max-lines-per-function': 'off' } },
);
