import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { importDirection } from './scripts/eslint/importDirection.mjs';

const source = [
  'core/**/*.ts',
  'launch/**/*.ts',
  'cli/**/*.ts',
  'mcp/**/*.ts',
  'hooks/**/*.ts',
  'extension/**/*.ts',
  'media/**/*.ts',
];

const namedExportsOnly = [
  { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
  { selector: "ExportSpecifier[exported.name='default']", message: 'Named exports only.' },
];

const failuresAreAsserted = [
  {
    selector:
      "CallExpression[callee.object.name='assert'][callee.property.name=/^(rejects|throws)$/][arguments.length=1]",
    message: 'Say which error is expected: any other would pass as well.',
  },
  {
    selector:
      "CallExpression[callee.property.name='catch'] > ArrowFunctionExpression > Identifier.body[name='undefined']",
    message: 'A test that swallows a failure passes with it: assert what is expected.',
  },
];

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', 'hooks/_/', '.vscode-test/', 'test/fixtures/']),
  // Comments cannot switch a rule off: an ignored directive is a warning, and warnings fail the lint.
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { layers: { rules: { 'import-direction': importDirection } } },
    rules: {
      'layers/import-direction': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-syntax': ['error', ...namedExportsOnly],
    },
  },
  {
    files: ['test/**/*.ts'],
    // A program that runs the tests, and no test.
    ignores: ['test/mutation/**'],
    rules: { 'no-restricted-syntax': ['error', ...namedExportsOnly, ...failuresAreAsserted] },
  },
  {
    files: source,
    rules: { 'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }] },
  },
  {
    files: ['core/**/*.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        ...['argv', 'stdin', 'stdout', 'stderr', 'exit'].map((property) => ({
          object: 'process',
          property,
          message: 'The engine neither reads a command line nor prints; its callers do.',
        })),
      ],
      'no-restricted-imports': [
        'error',
        { paths: ['process', 'node:process', 'console', 'node:console', 'node:readline'] },
      ],
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    rules: { eqeqeq: 'error', 'no-undef': 'off', 'prefer-const': 'error' },
  },
);
