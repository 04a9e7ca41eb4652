import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment, GitRepository } from './gitRepository.js';
import { newestGitFolder } from './newestGit.js';
import { bareEnvironment } from './runCli.js';

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
const require = createRequire(import.meta.url);

/** An existing set-up of hooks in a repository. They run `check.sh`, which fails while a file "bad" exists. */
export interface HookedRepository {
  readonly title: string;
  readonly manager: string;
  readonly setUp: (repository: GitRepository) => void;
  readonly environment?: () => Environment;
  /** The reason why it cannot be tested here. */
  readonly missing?: () => string | undefined;
}

export const CHECK = 'echo ran >> .git/checks; test ! -f bad\n';

/** `home` is a folder for programs that write there. */
export const hookedRepositories = (home: () => string): readonly HookedRepository[] => [
  { title: 'no hooks at all', manager: 'hooks-folder', setUp: () => undefined },
  {
    title: 'a shell script as a hook',
    manager: 'hooks-folder',
    setUp: (repository) => repository.write('.git/hooks/pre-commit', `#!/bin/sh\nsh check.sh`, 0o755),
  },
  {
    title: 'a Python program as a hook, in a folder that core.hooksPath names',
    manager: 'hooks-folder',
    setUp: (repository) => {
      const program = '#!/usr/bin/env python3\nimport os, sys\nassert os.path.basename(sys.argv[0]) == "pre-commit"\n';
      const rest = 'sys.exit(os.waitstatus_to_exitcode(os.system("sh check.sh")))\n';
      repository.write('own hooks/pre-commit', program + rest, 0o755);
      repository.git('config', 'core.hooksPath', 'own hooks');
    },
  },
  {
    title: 'a link as a hook',
    manager: 'hooks-folder',
    setUp: (repository) => {
      repository.write('scripts/hook', '#!/bin/sh\nsh check.sh\n', 0o755);
      mkdirSync(join(repository.path, '.git/hooks'), { recursive: true });
      symlinkSync('../../scripts/hook', join(repository.path, '.git/hooks/pre-commit'));
    },
  },
  {
    title: 'husky',
    manager: 'husky',
    setUp: (repository) => {
      runIn(repository, process.execPath, [join(modules, 'husky/bin.js')]);
      repository.write('.husky/pre-commit', 'sh check.sh\n');
    },
  },
  {
    title: 'husky in a folder of another name, with hooks that have a first line',
    manager: 'husky',
    setUp: (repository) => {
      runIn(repository, process.execPath, [join(modules, 'husky/bin.js'), 'my-hooks']);
      repository.write('my-hooks/pre-commit', '#!/usr/bin/env sh\nset -eu\nsh check.sh', 0o755);
    },
  },
  {
    title: 'lefthook',
    manager: 'lefthook',
    missing: () => (lefthook() === undefined ? 'lefthook has no program for this system' : undefined),
    setUp: (repository) => {
      repository.write('lefthook.yml', 'pre-commit:\n  jobs:\n    - name: check\n      run: sh check.sh\n');
      runIn(repository, lefthook() ?? '', ['install']);
    },
    environment: () => ({ LEFTHOOK_BIN: lefthook() }),
  },
  {
    title: 'lefthook with local commands already',
    manager: 'lefthook',
    missing: () => (lefthook() === undefined ? 'lefthook has no program for this system' : undefined),
    setUp: (repository) => {
      repository.write('lefthook.yml', 'pre-push:\n  commands:\n    nothing:\n      run: "true"\n');
      const local =
        '# mine\npre-commit:\n    # first\n    commands:\n        check:\n            run: sh check.sh\nskip_output: [meta]';
      repository.write('lefthook-local.yml', local);
      runIn(repository, lefthook() ?? '', ['install']);
    },
    environment: () => ({ LEFTHOOK_BIN: lefthook() }),
  },
  {
    title: 'simple-git-hooks',
    manager: 'simple-git-hooks',
    setUp: (repository) => {
      const commands = '\t"simple-git-hooks": {\n\t\t"pre-commit": "sh check.sh"\n\t}';
      repository.write(
        'package.json',
        `{\n\t"name": "x",\n\t"devDependencies": { "simple-git-hooks": "2" },\n${commands}\n}`,
      );
      mkdirSync(join(repository.path, 'node_modules'));
      symlinkSync(join(modules, 'simple-git-hooks'), join(repository.path, 'node_modules/simple-git-hooks'));
      simpleGitHooks(repository);
    },
  },
  {
    title: 'pre-commit',
    manager: 'pre-commit',
    missing: () =>
      spawnSync('pre-commit', ['--version']).error === undefined ? undefined : 'pre-commit is not installed',
    setUp: (repository) => {
      const hook = 'id: check\n    name: check\n    language: system\n    entry: sh check.sh\n    always_run: true';
      repository.write(
        '.pre-commit-config.yaml',
        `repos:\n- repo: local\n  hooks:\n  - ${hook}\n    pass_filenames: false\n`,
      );
      runIn(repository, 'pre-commit', ['install'], { HOME: home() });
    },
    environment: () => ({ HOME: home() }),
  },
  {
    title: 'git’s configured hooks, beside a hook in the folder',
    manager: 'git-config',
    missing: () => (newestGitFolder() === undefined ? 'no git of 2.54 or newer (see .ci/newestGit)' : undefined),
    environment: () => ({ PATH: `${newestGitFolder() ?? ''}:${process.env.PATH ?? ''}` }),
    setUp: (repository) => repository.write('.git/hooks/pre-commit', `#!/bin/sh\nsh check.sh`, 0o755),
  },
];

export function runIn(
  repository: GitRepository,
  program: string,
  args: readonly string[],
  environment: Environment = {},
): void {
  const env = bareEnvironment({ GIT_CONFIG_GLOBAL: '/dev/null', ...environment });
  const { status, stderr, error } = spawnSync(program, args, { cwd: repository.path, env, encoding: 'utf8' });
  assert.equal(status, 0, `${program}: ${stderr} ${String(error)}`);
}

export function simpleGitHooks(repository: GitRepository): void {
  runIn(repository, process.execPath, [join(modules, 'simple-git-hooks/cli.js')]);
}

/** Lefthook's own program; undefined where it has none for this system. */
export function lefthook(): string | undefined {
  try {
    const name = `lefthook-${process.platform}-${process.arch}`;
    const manifest = require.resolve(`${name}/package.json`);
    return join(dirname(manifest), 'bin/lefthook');
  } catch {
    return undefined;
  }
}
