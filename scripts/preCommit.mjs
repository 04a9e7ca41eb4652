// This repository's pre-commit hook: Prettier and ESLint on the staged files, the type check, and the unit tests.
import { spawnSync } from 'node:child_process';

const staged = git(['diff', '--cached', '--name-only', '--diff-filter=ACMR', '-z']).split('\0').filter(Boolean);
const code = staged.filter((file) => /\.(ts|mjs|cjs|js)$/.test(file));

if (staged.length > 0) run('prettier', ['--check', '--ignore-unknown', '--log-level', 'warn', '--', ...staged]);
if (code.length > 0) {
  run('eslint', ['--max-warnings', '0', '--no-warn-ignored', '--', ...code]);
  run('tsc', ['-p', '.']);
  node(['scripts/test.mjs', 'unit']);
}

function git(args) {
  const { status, stdout } = spawnSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) process.exit(1);
  return stdout;
}

function run(tool, args) {
  node([
    `node_modules/${{ prettier: 'prettier/bin/prettier.cjs', eslint: 'eslint/bin/eslint.js', tsc: 'typescript/bin/tsc' }[tool]}`,
    ...args,
  ]);
}

function node(args) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', env: withoutGitVariables() });
  if (status !== 0) process.exit(1);
}

/** A test that creates a repository must not write to the one of the commit. */
function withoutGitVariables() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
}
