import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addFeatureDatabase, backupOf, changeBacklog, storedMetadata } from '../../support/gitProject.js';
import { makeRepository, readTree, type Environment, type GitRepository } from '../../support/gitRepository.js';
import { CHECK, hookedRepositories, lefthook, runIn, simpleGitHooks } from '../../support/hookedRepositories.js';
import { runCli } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const folder = useTemporaryFolder();

const KINDS = hookedRepositories(() => folder.path);

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

/** Accepts scripts that lefthook itself generates and that run nothing any more, an added final newline, and JSON laid out anew. */
const GENERATED_BY_LEFTHOOK =
  /^(?:(?:\.|\.config\/)?lefthook-local\.(?:yml|toml|json)|\.git\/hooks\/(?:pre-merge-commit|post-commit|post-merge|post-rewrite|pre-commit))$/;

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
      if (title === 'lefthook') runIn(repository, program, ['install']);
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

/** The record of an installation, in the user's state. */
function recordOf({ path }: GitRepository): string {
  const key = createHash('sha256').update(join(path, '.git/feature-backups')).digest('hex').slice(0, 16);
  const stores = join(String(process.env.FEATURE_BACKUPS_STATE), 'stores');
  const name = readdirSync(stores).find((candidate) => candidate.endsWith(key)) ?? 'none';
  return join(stores, name, 'git-hooks.json');
}
