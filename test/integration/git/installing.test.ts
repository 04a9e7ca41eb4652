import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addFeatureDatabase, backupOf, changeBacklog, storedMetadata } from '../../support/gitProject.js';
import { makeRepository, readTree, type Environment, type GitRepository } from '../../support/gitRepository.js';
import { newestGitFolder } from '../../support/newestGit.js';
import { bareEnvironment, runCli } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const folder = useTemporaryFolder();
const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const require = createRequire(import.meta.url);

/** An existing set-up of hooks in a repository. They run `check.sh`, which fails while a file "bad" exists. */
interface HookedRepository {
  readonly title: string;
  readonly manager: string;
  readonly setUp: (repository: GitRepository) => void;
  readonly environment?: () => Environment;
  /** The reason why it cannot be tested here. */
  readonly missing?: () => string | undefined;
}

const CHECK = 'echo ran >> .git/checks; test ! -f bad\n';

const KINDS: readonly HookedRepository[] = [
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
      run(repository, process.execPath, [join(modules, 'husky/bin.js')]);
      repository.write('.husky/pre-commit', 'sh check.sh\n');
    },
  },
  {
    title: 'husky in a folder with a different name, with hooks that start with a shebang',
    manager: 'husky',
    setUp: (repository) => {
      run(repository, process.execPath, [join(modules, 'husky/bin.js'), 'my-hooks']);
      repository.write('my-hooks/pre-commit', '#!/usr/bin/env sh\nset -eu\nsh check.sh', 0o755);
    },
  },
  {
    title: 'lefthook',
    manager: 'lefthook',
    missing: () => (lefthook() === undefined ? 'lefthook has no program for this system' : undefined),
    setUp: (repository) => {
      repository.write('lefthook.yml', 'pre-commit:\n  jobs:\n    - name: check\n      run: sh check.sh\n');
      run(repository, lefthook() ?? '', ['install']);
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
      run(repository, lefthook() ?? '', ['install']);
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
      run(repository, 'pre-commit', ['install'], { HOME: folder.path });
    },
    environment: () => ({ HOME: folder.path }),
  },
  {
    title: 'git’s configured hooks, beside a hook in the folder',
    manager: 'git-config',
    missing: () => (newestGitFolder() === undefined ? 'no git of 2.54 or newer (see .ci/newestGit)' : undefined),
    environment: () => ({ PATH: `${newestGitFolder() ?? ''}:${process.env.PATH ?? ''}` }),
    setUp: (repository) => repository.write('.git/hooks/pre-commit', `#!/bin/sh\nsh check.sh`, 0o755),
  },
];

for (const kind of KINDS) {
  describe(`installing into a repository with ${kind.title}`, () => {
    let repository: GitRepository;
    let environment: Environment;

    beforeEach(function () {
      const reason = kind.missing?.();
      if (reason !== undefined) {
        console.log(`      skipped: ${reason}`);
        this.skip();
      }
      environment = kind.environment?.() ?? {};
      repository = makeRepository(folder.join('a répo with spaces'), environment);
      addFeatureDatabase(repository);
      repository.write('check.sh', CHECK);
      kind.setUp(repository);
      repository.git('add', '--all');
      repository.git('-c', 'core.hooksPath=/nowhere', 'commit', '--quiet', '--no-verify', '-m', 'set up');
    });

    const cli = async (...args: readonly string[]) => {
      const result = await runCli(args, { cwd: repository.path, env: environment });
      assert.equal(result.code, 0, result.stderr);
      return result.stdout;
    };
    const checks = (): number =>
      existsSync(join(repository.path, '.git/checks')) ? repository.read('.git/checks').split('\n').length - 1 : 0;

    it('backs up before each commit, and links the backup to it', async () => {
      assert.match(await cli('install', 'git', '--json'), new RegExp(`"manager": "${kind.manager}"`));
      repository.git('commit', '--quiet', '--allow-empty', '-m', 'empty');
      repository.git('add', '--all');
      const first = repository.commit('b', 'b');
      changeBacklog(repository);
      repository.git('commit', '--quiet', '--amend', '-m', 'other words');
      const amended = repository.head();
      await cli('list', '--git');
      assert.ok(backupOf(repository, first));
      assert.equal(backupOf(repository, amended)?.passing_count, 201);
    });

    if (kind.title !== 'no hooks at all') {
      it('runs the existing hooks, and respects their exit status', async () => {
        await cli('install', 'git');
        const before = checks();
        repository.git('add', '--all');
        const passed = repository.commit('b', 'b');
        assert.ok(checks() > before);
        repository.write('bad', 'x');
        repository.git('add', 'bad');
        assert.notEqual(repository.tryGit(['commit', '-m', 'refused']).status, 0);
        assert.equal(repository.head(), passed);
      });
    }

    it('installs once, and uninstalls without a trace', async () => {
      const OWN =
        /^(?:\.feature_backups|\.git\/(?:objects|logs|index|COMMIT_EDITMSG|refs|checks|ORIG_HEAD|FETCH_HEAD))$/;
      const before = readTree(repository.path, OWN);
      assert.match(await cli('install', 'git', '--dry-run'), /Would install/);
      assert.deepEqual(readTree(repository.path, OWN), before);
      await cli('install', 'git');
      const installed = readTree(repository.path, OWN);
      assert.match(await cli('install', 'git'), /already installed/);
      assert.deepEqual(readTree(repository.path, OWN), installed);
      repository.commit('b', 'b');
      repository.git('reset', '--quiet', '--hard', 'HEAD~1');
      await cli('install', 'git');
      await cli('uninstall', 'git');
      assert.deepEqual(readTree(repository.path, OWN), before);
      assert.match(await cli('uninstall', 'git'), /not installed/);
    });

    it('uninstalls an installation of 0.1.0, whose record is in the repository', async () => {
      const LEFT = /^(?:\.feature_backups|\.git\/(?:objects|logs|index|COMMIT_EDITMSG|refs|checks))$/;
      const before = readTree(repository.path, LEFT);
      await cli('install', 'git');
      renameSync(recordOf(repository), join(repository.path, '.git/feature-backups/installed.json'));
      assert.match(await cli('install', 'git'), /already installed/);
      await cli('uninstall', 'git', '--yes');
      const after = readTree(repository.path, LEFT);
      const differences = Object.keys({ ...before, ...after }).filter((path) => before[path] !== after[path]);
      assert.deepEqual(
        differences.filter((path) => kind.manager !== 'lefthook' || !GENERATED_BY_LEFTHOOK.test(path)),
        [],
      );
      for (const path of differences) assert.doesNotMatch(repository.read(path), /feature-backups/);
      assert.equal(repository.tryGit(['commit', '--allow-empty', '-m', 'works']).status, 0);
    });
  });
}

/** Accepts scripts that lefthook itself generates and that no longer run anything, and an added final newline. */
const GENERATED_BY_LEFTHOOK =
  /^(?:lefthook-local\.yml|\.git\/hooks\/(?:pre-merge-commit|post-commit|post-merge|post-rewrite|pre-commit))$/;

describe('a repository whose hooks change after the installation', () => {
  it('keeps lines that the user has added to a hook', async () => {
    const repository = makeRepository(folder.join('repo'));
    repository.write('.git/hooks/pre-commit', '#!/bin/sh\necho old\n', 0o755);
    await runCli(['install', 'git'], { cwd: repository.path });
    writeFileSync(join(repository.path, '.git/hooks/pre-commit'), 'echo new\n', { flag: 'a' });
    writeFileSync(join(repository.path, '.git/hooks/post-commit'), 'echo mine\n', { flag: 'a' });
    await runCli(['uninstall', 'git'], { cwd: repository.path });
    assert.equal(repository.read('.git/hooks/pre-commit'), '#!/bin/sh\necho old\necho new\n');
    assert.equal(repository.read('.git/hooks/post-commit'), '#!/bin/sh\necho mine\n');
    assert.ok(!existsSync(join(repository.path, '.git/hooks/post-merge')));
  });

  it('is cleaned up with the help of its markers if the record of the installation is missing', async () => {
    const repository = makeRepository(folder.join('repo'));
    repository.write('.git/hooks/pre-commit', '#!/bin/sh\necho old\n', 0o755);
    const before = readTree(join(repository.path, '.git/hooks'));
    await runCli(['install', 'git'], { cwd: repository.path });
    repository.git('clean', '--quiet', '-fdx');
    writeFileSync(recordOf(repository), '');
    const { code, stderr } = await runCli(['uninstall', 'git'], { cwd: repository.path });
    assert.equal(code, 2, stderr);
    unlinkSync(recordOf(repository));
    await runCli(['uninstall', 'git'], { cwd: repository.path });
    assert.deepEqual(readTree(join(repository.path, '.git/hooks')), before);
  });

  it('keeps a disabled hook disabled', async () => {
    const repository = makeRepository(folder.join('repo'));
    addFeatureDatabase(repository);
    repository.write('.git/hooks/pre-commit', '#!/bin/sh\nexit 1\n', 0o644);
    await runCli(['install', 'git'], { cwd: repository.path });
    repository.commit('b', 'b');
    assert.equal(storedMetadata(repository).length, 1);
    await runCli(['uninstall', 'git'], { cwd: repository.path });
    assert.equal(repository.read('.git/hooks/pre-commit'), '#!/bin/sh\nexit 1\n');
    repository.commit('c', 'c');
  });

  it('passes the input of post-rewrite on to a hook that reads it too', async () => {
    const repository = makeRepository(folder.join('repo'));
    repository.write('.git/hooks/post-rewrite', '#!/bin/sh\ncat > .git/hook-input\n', 0o755);
    await runCli(['install', 'git'], { cwd: repository.path });
    const old = repository.commit('a', 'a');
    repository.git('commit', '--quiet', '--amend', '-m', 'b');
    assert.equal(repository.read('.git/hook-input'), `${old} ${repository.head()}\n`);
  });

  it('stays installed when simple-git-hooks or lefthook rewrites its scripts', async function () {
    const program = lefthook();
    if (program === undefined) this.skip();
    for (const title of ['simple-git-hooks', 'lefthook']) {
      const kind = KINDS.find((candidate) => candidate.title === title);
      const environment = kind?.environment?.() ?? {};
      const repository = makeRepository(folder.join(title), environment);
      addFeatureDatabase(repository);
      repository.write('check.sh', CHECK);
      kind?.setUp(repository);
      await runCli(['install', 'git'], { cwd: repository.path });
      const scripts = readTree(join(repository.path, '.git/hooks'));
      if (title === 'lefthook') run(repository, program, ['install']);
      else simpleGitHooks(repository);
      assert.deepEqual(readTree(join(repository.path, '.git/hooks')), scripts);
      const commit = repository.commit('b', 'b');
      await runCli(['list', '--git'], { cwd: repository.path });
      assert.ok(backupOf(repository, commit));
    }
  });

  it('refuses to install outside a repository, or into an unknown format, with a hint', async () => {
    mkdirSync(folder.join('plain'));
    const outside = await runCli(['install', 'git'], { cwd: folder.join('plain') });
    assert.equal(outside.code, 2);
    assert.match(outside.stderr, /not in a git work tree/);
    const repository = makeRepository(folder.join('repo'));
    repository.write('lefthook.yml', 'pre-commit: {}\n');
    repository.write('lefthook-local.yml', 'pre-commit: { commands: {} }\n');
    const before = readTree(repository.path);
    const { code, stderr } = await runCli(['install', 'git'], { cwd: repository.path });
    assert.equal(code, 2);
    assert.match(stderr, /Add this command to pre-commit by hand/);
    assert.deepEqual(readTree(repository.path), before);
  });
});

function run(repository: GitRepository, program: string, args: readonly string[], environment: Environment = {}): void {
  const env = bareEnvironment({ GIT_CONFIG_GLOBAL: '/dev/null', ...environment });
  const { status, stderr, error } = spawnSync(program, args, { cwd: repository.path, env, encoding: 'utf8' });
  assert.equal(status, 0, `${program}: ${stderr} ${String(error)}`);
}

/** The record of an installation, in the user's state. */
function recordOf({ path }: GitRepository): string {
  const key = createHash('sha256').update(join(path, '.git/feature-backups')).digest('hex').slice(0, 16);
  const stores = join(String(process.env.FEATURE_BACKUPS_STATE), 'stores');
  const name = readdirSync(stores).find((candidate) => candidate.endsWith(key)) ?? 'none';
  return join(stores, name, 'git-hooks.json');
}

function simpleGitHooks(repository: GitRepository): void {
  run(repository, process.execPath, [join(modules, 'simple-git-hooks/cli.js')]);
}

/** Lefthook's own program; undefined if none exists for this system. */
function lefthook(): string | undefined {
  try {
    const name = `lefthook-${process.platform}-${process.arch}`;
    const manifest = require.resolve(`${name}/package.json`);
    return join(dirname(manifest), 'bin/lefthook');
  } catch {
    return undefined;
  }
}
