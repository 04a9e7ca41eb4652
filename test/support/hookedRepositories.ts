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

const PRE_COMMIT_CONFIGURATION = `repos:
- repo: local
  hooks:
  - id: check
    name: check
    language: system
    entry: sh check.sh
    always_run: true
    pass_filenames: false
`;

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
      runHusky(repository);
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
    missing: missingLefthook,
    setUp: (repository) => {
      repository.write('lefthook.yml', 'pre-commit:\n  jobs:\n    - name: check\n      run: sh check.sh\n');
      runIn(repository, lefthook() ?? '', ['install']);
    },
    environment: () => ({ LEFTHOOK_BIN: lefthook() }),
  },
  {
    title: 'lefthook with local commands already',
    manager: 'lefthook',
    missing: missingLefthook,
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
    title: 'lefthook, configured in TOML',
    manager: 'lefthook',
    missing: missingLefthook,
    setUp: (repository) => {
      repository.write('lefthook.toml', '[pre-commit.commands.check]\nrun = "sh check.sh"\n');
      runIn(repository, lefthook() ?? '', ['install']);
    },
    environment: () => ({ LEFTHOOK_BIN: lefthook() }),
  },
  {
    title: 'lefthook, with local commands in TOML',
    manager: 'lefthook',
    missing: missingLefthook,
    setUp: (repository) => {
      repository.write('.lefthook.toml', '[[pre-commit.jobs]]\nrun = "sh check.sh"\n');
      repository.write('.lefthook-local.toml', '# mine\n[pre-commit]\nparallel = true');
      runIn(repository, lefthook() ?? '', ['install']);
    },
    environment: () => ({ LEFTHOOK_BIN: lefthook() }),
  },
  {
    title: 'lefthook, configured in JSON',
    manager: 'lefthook',
    missing: missingLefthook,
    setUp: (repository) => {
      repository.write('lefthook.json', '{ "pre-commit": { "jobs": [{ "run": "sh check.sh" }] } }\n');
      runIn(repository, lefthook() ?? '', ['install']);
    },
    environment: () => ({ LEFTHOOK_BIN: lefthook() }),
  },
  {
    title: 'lefthook, with local commands in JSON',
    manager: 'lefthook',
    missing: missingLefthook,
    setUp: (repository) => {
      repository.write('.config/lefthook.json', '{ "pre-push": { "commands": { "nothing": { "run": "true" } } } }\n');
      const local = '{\n\t"pre-commit": {\n\t\t"commands": { "check": { "run": "sh check.sh" } }\n\t}\n}';
      repository.write('.config/lefthook-local.json', local);
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
      repository.write('.pre-commit-config.yaml', PRE_COMMIT_CONFIGURATION);
      runIn(repository, 'pre-commit', ['install'], { HOME: home() });
    },
    environment: () => ({ HOME: home() }),
  },
  {
    title: 'prek',
    manager: 'prek',
    missing: () => (prek() === undefined ? 'prek has no program for this system' : undefined),
    setUp: (repository) => {
      repository.write('.pre-commit-config.yaml', PRE_COMMIT_CONFIGURATION);
      runIn(repository, prek() ?? '', ['install'], { HOME: home() });
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

export function runHusky(repository: GitRepository): void {
  runIn(repository, process.execPath, [join(modules, 'husky/bin.js')]);
}

export function simpleGitHooks(repository: GitRepository): void {
  runIn(repository, process.execPath, [join(modules, 'simple-git-hooks/cli.js')]);
}

function missingLefthook(): string | undefined {
  return lefthook() === undefined ? 'lefthook has no program for this system' : undefined;
}

/** Lefthook's own program; undefined where it has none for this system. */
export function lefthook(): string | undefined {
  const folder = packageFolder(`lefthook-${process.platform}-${process.arch}`);
  return folder === undefined ? undefined : join(folder, 'bin/lefthook');
}

/** Prek's own program; undefined where it has none for this system. */
export function prek(): string | undefined {
  const system = `${process.platform}-${process.arch}${process.platform === 'linux' ? '-gnu' : ''}`;
  const folder = packageFolder(`@j178/prek-${system}`);
  return folder === undefined ? undefined : join(folder, 'prek');
}

function packageFolder(name: string): string | undefined {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}
