import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { isReadOnlyPowerShell, isReadOnlyScript } from '../../../core/agents/readOnly/readOnlyScript.js';

const READING = [
  ...['ls', 'ls -la src/app.ts', 'ls src/*.ts', 'pwd', 'cat package.json | head -20', 'cd src && ls', 'wc -l a b'],
  ...[
    'grep -rn "rm -rf" . | wc -l',
    "grep -n 'a; b $(c) > d' x",
    'grep "a\\"b" x',
    'grep foo\\ bar x',
    'rg -n TODO src',
  ],
  ...['find . -name "*.ts" -type f', 'test -f x && cat x || echo no', '[ -d src ] && ls', "sed -n '1,20p' a.ts"],
  ...['ls missing 2>/dev/null', 'cat x 2>&1 | tail -5', 'ls &>/dev/null', 'ls > /dev/null', 'command -v node'],
  ...['node --version', 'npm -v', 'python3 --version', 'go version', 'git --version', 'sort -k2,2n a | uniq -c'],
  ...[
    'git status',
    'git log --oneline -5',
    'git diff HEAD~1 -- src',
    'git -C sub --no-pager show HEAD:a',
    'git branch -a',
  ],
  ...['git stash list', 'git config --get user.name', 'git worktree list', 'git grep -n foo', 'git rev-parse HEAD'],
  ...['feature-backups status', 'npx feature-backups restore last-good --yes', 'feature-backups unlock', 'echo'],
  'node "/home/u/My Tools/feature-backups.cjs" list --json',
];

const WRITING = [
  ...[
    '',
    '   ',
    'npm run reset',
    'npm test',
    'yarn reset',
    'pnpm reset',
    'go run .',
    'cargo run',
    'just',
    'poetry run x',
  ],
  ...[
    './reset',
    'reset',
    '/tmp/ls',
    './ls',
    "sh -c 'ls'",
    'bash reset.sh',
    'make',
    'node -v x',
    'node reset.js',
    'npx x',
  ],
  ...[
    'cd ./.a*; for f in feat*; do : > "$f"; done',
    'ls; ls',
    'ls &',
    'ls\nls',
    'ls\rrm x',
    'ls | xargs rm',
    'ls | sh',
  ],
  ...['echo > features.db', 'cat a >> b', 'ls >/dev/null/../x', 'ls 2>errors', 'cat < x', 'ls >&2x', ': > features.db'],
  ...[
    'ls $(rm x)',
    'ls `rm x`',
    'ls "$(rm x)"',
    'ls "`rm x`"',
    'ls $X',
    '$X',
    "ls $'a'",
    'ls <(rm x)',
    'cat <<E',
    '(ls)',
  ],
  ...[
    '{ ls',
    '! ls',
    'PATH=. ls',
    'env ls',
    'sudo ls',
    'time ls',
    'exec ls',
    'eval ls',
    'ls \\\nrm',
    'ls "a',
    "ls 'a",
    '| ls',
  ],
  ...[
    'ls |',
    'ls &&',
    'ls |& sh',
    'ls && && ls',
    'tee a',
    'sed -i s/a/b/ x',
    "sed -n 'w x' y",
    "sed -n '1e rm'",
    'awk 1 x',
  ],
  ...['find . -delete', 'find . -exec rm {} +', 'find . -ok rm', 'find . -fprintf x y', 'find . -fls x', 'sort a -o b'],
  ...[
    'sort -no b a',
    'sort --output=b a',
    'sort --comp=x a',
    'uniq a b',
    'uniq - b',
    'tree -o x',
    'rg --pre x y',
    'file -C',
  ],
  ...[
    'git clean -fdx',
    'git checkout .',
    'git reset --hard',
    'git stash',
    'git stash pop',
    'git pull',
    'git diff --output=x',
  ],
  ...[
    'git log --outpu x',
    'git diff --ext-diff',
    'git grep -Oless x',
    'git grep --open-files-in-pager x',
    'git branch -D x',
  ],
  ...[
    'git branch x',
    'git config a b',
    'git -c core.pager=x log',
    'git worktree remove x',
    'git ls-remote --upload-pack=x .',
  ],
  ...['git reflog expire --all', 'git tag x', 'git', 'git --git-dir=x status', 'command ls', 'command', 'python -v'],
  ...['feature-backups tap -- rm x', 'feature-backups status --html features.db', 'npx --yes feature-backups status'],
  ...[
    'feature-backups status > features.db',
    'node feature-backups.cjs status',
    './feature-backups status',
    'ls\u00a0x',
  ],
  `ls ${'x'.repeat(20_000)}`,
];

describe('a script for sh or bash', () => {
  for (const script of READING) {
    it(`only reads: ${script}`, () => assert.equal(isReadOnlyScript(script), true));
  }
  for (const script of WRITING) {
    it(`may write: ${JSON.stringify(script.slice(0, 60))}`, () => assert.equal(isReadOnlyScript(script), false));
  }
});

describe('a script for PowerShell', () => {
  for (const script of [
    'Get-ChildItem -Recurse src',
    'ls',
    'cat .\\a.txt',
    'git status',
    'get-content C:\\p\\a.ts -Tail 5',
  ])
    it(`only reads: ${script}`, () => assert.equal(isReadOnlyPowerShell(script), true));
  for (const script of [
    ...[
      '',
      'Remove-Item x',
      'ls; rm x',
      'ls | Remove-Item',
      'ls (rm x)',
      'ls $x',
      'ls\nrm x',
      '.\\reset',
      '& .\\x',
      'ls > x',
    ],
    ...['Set-Content features.db x', 'npm run reset', 'ls "x"', 'ls {x}', 'ls `x'],
  ])
    it(`may write: ${JSON.stringify(script)}`, () => assert.equal(isReadOnlyPowerShell(script), false));
});
