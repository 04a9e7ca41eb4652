import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addFeatureDatabase, backupOf, changeBacklog, settled, storedMetadata } from '../../support/gitProject.js';
import {
  contentOf,
  makeRepository,
  openRepository,
  type Environment,
  type GitRepository,
} from '../../support/gitRepository.js';
import { newestGitFolder } from '../../support/newestGit.js';
import { bareEnvironment, runCli } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const folder = useTemporaryFolder();
const SAME_TIME = { GIT_COMMITTER_DATE: '2026-01-25T14:46:00Z' };

/** Two repositories with the same project; only one has the hooks. */
async function makeRepositoryPair(): Promise<readonly [withHooks: GitRepository, without: GitRepository]> {
  const [withHooks, without] = ['with', 'without'].map((name) => {
    const repository = makeRepository(folder.join(name, 'repo'), SAME_TIME);
    addFeatureDatabase(repository);
    repository.write('a', '1\n2\n3\n');
    repository.git('add', '--all');
    repository.git('commit', '--quiet', '-m', 'first');
    return repository;
  });
  assert.ok(withHooks && without);
  await install(withHooks);
  return [withHooks, without];
}

async function install(repository: GitRepository, env: Environment = {}): Promise<void> {
  const { code, stderr } = await runCli(['install', 'git'], { cwd: repository.path, env });
  assert.equal(code, 0, stderr);
}

/** Runs the same commands in both, and asserts that history, index and work tree are the same afterwards. */
function inBoth(pair: readonly GitRepository[], work: (repository: GitRepository) => void): void {
  for (const repository of pair) work(repository);
  const [one, other] = pair.map(contentOf);
  assert.equal(one, other);
}

describe('a commit with the hooks installed', () => {
  it('backs up first, prints one line, and is linked to the backup', async () => {
    const [repository] = await makeRepositoryPair();
    const parent = repository.head();
    repository.write('b', 'b');
    repository.git('add', 'b');
    const { status, stderr } = repository.tryGit(['commit', '--quiet', '-m', 'second']);
    assert.equal(status, 0);
    const [backup, ...others] = storedMetadata(repository);
    assert.ok(backup);
    assert.deepEqual(others, []);
    assert.equal(stderr, `feature-backups: backed up 598 features, 200 passing (${backup.id})\n`);
    assert.equal(backup.reason, 'before_commit');
    assert.deepEqual([backup.git?.branch, backup.git?.head], ['main', parent]);
    await settled(repository);
    assert.equal(storedMetadata(repository)[0]?.git?.commit, repository.head());
  });

  it('is linked on no branch, after packing, and with refs in tables', async function () {
    const [repository] = await makeRepositoryPair();
    repository.git('pack-refs', '--all');
    const commits = [repository.commit('b', '1')];
    repository.git('checkout', '--quiet', '--detach');
    commits.push(repository.commit('b', '2'));
    repository.git('checkout', '--quiet', '-b', 'topic/one');
    repository.git('pack-refs', '--all');
    commits.push(repository.commit('b', '3'));
    await settled(repository);
    for (const commit of commits) assert.ok(backupOf(repository, commit), commit);

    const newest = newestGitFolder();
    if (newest === undefined) this.skip();
    const environment = { PATH: `${newest}:${process.env.PATH ?? ''}`, GIT_DEFAULT_REF_FORMAT: 'reftable' };
    const tables = makeRepository(folder.join('tables'), environment);
    addFeatureDatabase(tables);
    await install(tables, environment);
    const commit = tables.commit('b', '1');
    assert.equal(tables.git('rev-parse', '--show-ref-format'), 'reftable');
    await settled(tables);
    assert.ok(backupOf(tables, commit));
  });

  it('prints nothing while the backlog is unchanged, and is linked to the existing backup', async () => {
    const [repository] = await makeRepositoryPair();
    const commits = [repository.commit('b', '0')];
    for (const content of ['1', '2', '3']) {
      repository.write('b', content);
      const { stderr } = repository.tryGit(['commit', '--quiet', '-a', '-m', content]);
      assert.equal(stderr, '');
      commits.push(repository.head());
    }
    await settled(repository);
    const [backup, ...others] = storedMetadata(repository);
    assert.ok(backup);
    assert.deepEqual(others, []);
    assert.equal(backup.events.filter(({ reason }) => reason === 'before_commit').length, 4);
    assert.deepEqual([...(backup.git?.earlier_commits ?? []), backup.git?.commit], commits);
  });

  it('has the same content as without hooks: commit, amend, partial index, cherry-pick, rebase and merges', async () => {
    const pair = await makeRepositoryPair();
    inBoth(pair, (repository) => repository.commit('b', 'b'));
    changeBacklogs(pair);
    inBoth(pair, (repository) => {
      // The state after `git commit -p`: one of two changes to a file is staged, the other is not.
      repository.write('a', 'one\n2\n3\n');
      repository.git('add', 'a');
      repository.write('a', 'one\n2\nthree\n');
      repository.write('untracked', 'x');
      repository.git('commit', '--quiet', '-m', 'partial');
      assert.equal(repository.git('show', 'HEAD:a'), 'one\n2\n3');
      assert.equal(repository.git('status', '--porcelain'), 'M a\n?? untracked');
      repository.git('checkout', '--quiet', '--', 'a');
    });
    inBoth(pair, (repository) => repository.git('commit', '--quiet', '--amend', '-m', 'amended'));
    inBoth(pair, (repository) => {
      repository.git('checkout', '--quiet', '-b', 'topic', 'HEAD~1');
      repository.commit('topic 1', '1');
      repository.commit('topic 2', '2');
    });
    changeBacklogs(pair);
    inBoth(pair, (repository) => repository.git('rebase', '--quiet', 'main'));
    inBoth(pair, (repository) => repository.git('commit', '--quiet', 'a', '--allow-empty', '-m', 'only a path'));
    inBoth(pair, (repository) => {
      repository.git('checkout', '--quiet', 'main');
      repository.git('cherry-pick', 'topic~2');
      repository.git('merge', '--quiet', '--no-ff', '-m', 'merged', 'topic');
      repository.git('merge', '--quiet', '--ff-only', 'main');
    });
    inBoth(pair, (repository) => repository.git('commit', '--quiet', '--allow-empty', '--no-verify', '-m', 'no hooks'));
  });

  it('is linked if it is a merge, for which git runs other hooks', async () => {
    const [repository] = await makeRepositoryPair();
    repository.git('checkout', '--quiet', '-b', 'topic');
    repository.commit('topic', '1');
    repository.git('checkout', '--quiet', 'main');
    repository.commit('main', '1');
    changeBacklog(repository);
    repository.git('merge', '--quiet', '--no-ff', '-m', 'merged', 'topic');
    await settled(repository);
    assert.equal(backupOf(repository, repository.head())?.passing_count, 201);
  });

  it('keeps its link when amended, to the new backup or, without a hook, to the old one', async () => {
    const [repository] = await makeRepositoryPair();
    repository.commit('b', 'b');
    changeBacklog(repository);
    repository.git('commit', '--quiet', '--amend', '-m', 'later');
    await settled(repository);
    assert.equal(backupOf(repository, repository.head())?.passing_count, 201);
    changeBacklog(repository);
    repository.git('commit', '--quiet', '--amend', '--no-verify', '-m', 'without the hook');
    await settled(repository);
    assert.equal(backupOf(repository, repository.head())?.passing_count, 201);
  });

  it('keeps its link when amended although a hook manager leaves the input of the hook open', async () => {
    const [repository] = await makeRepositoryPair();
    repository.commit('b', 'b');
    await settled(repository);
    assert.equal(
      repository.tryGit(['commit', '--quiet', '--amend', '-m', 'later'], { FEATURE_BACKUPS: '0' }).status,
      0,
    );
    const hook = spawn('sh', ['.git/feature-backups/gitHook.sh', 'post-rewrite', 'amend'], {
      cwd: repository.path,
      env: bareEnvironment(),
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    const [code] = (await once(hook, 'exit')) as [number | null];
    assert.equal(code, 0);
    await settled(repository);
    assert.equal(backupOf(repository, repository.head())?.passing_count, 200);
  });

  it('keeps its link when rebased, squashed or reworded', async () => {
    const [repository] = await makeRepositoryPair();
    repository.git('checkout', '--quiet', '-b', 'topic');
    for (const name of ['one', 'two', 'three']) {
      repository.commit(name, name);
      changeBacklog(repository);
    }
    repository.git('checkout', '--quiet', 'main');
    repository.commit('main', '1');
    repository.git('checkout', '--quiet', 'topic');
    const editor = { GIT_SEQUENCE_EDITOR: "sed -i -e '2s/pick/squash/' -e '3s/pick/reword/'", GIT_EDITOR: 'true' };
    assert.equal(repository.tryGit(['rebase', '-i', 'main'], editor).status, 0);
    await settled(repository);
    const [squashed, reworded] = [repository.git('rev-parse', 'HEAD~1'), repository.head()];
    assert.equal(backupOf(repository, squashed)?.passing_count, 201);
    assert.equal(backupOf(repository, reworded)?.passing_count, 202);
  });

  it('is not linked if made without the hook after an aborted commit', async () => {
    const [repository] = await makeRepositoryPair();
    assert.notEqual(repository.tryGit(['commit', '--allow-empty', '-m', '']).status, 0);
    repository.git('-c', 'core.hooksPath=/nowhere', 'commit', '--quiet', '--allow-empty', '-m', 'elsewhere');
    await settled(repository);
    assert.equal(backupOf(repository, repository.head()), undefined);
  });
});

function changeBacklogs(pair: readonly GitRepository[]): void {
  for (const repository of pair) changeBacklog(repository);
}

describe('worktrees, submodules and separate git folders', () => {
  it('backs up the project of the linked worktree that commits', async () => {
    const [repository] = await makeRepositoryPair();
    repository.git('worktree', 'add', '--quiet', '../linked tree', '-b', 'linked');
    const linked = openRepository(folder.join('with', 'linked tree'));
    addFeatureDatabase(linked);
    changeBacklog(linked);
    const commit = linked.commit('b', 'b');
    await settled(repository);
    assert.equal(backupOf(linked, commit)?.passing_count, 201);
    assert.equal(backupOf(linked, commit)?.git?.branch, 'linked');
    assert.deepEqual(storedMetadata(repository), []);
    assert.equal(linked.git('status', '--porcelain'), '');
  });

  it('installs from a linked worktree for all of them', async () => {
    const repository = makeRepository(folder.join('main'));
    addFeatureDatabase(repository);
    repository.git('add', '--all');
    repository.git('commit', '--quiet', '-m', 'first');
    repository.git('worktree', 'add', '--quiet', '../linked');
    await install(openRepository(folder.join('linked')));
    const commit = repository.commit('b', 'b');
    await settled(repository);
    assert.ok(backupOf(repository, commit));
  });

  it('backs up a submodule’s project at its own commits only', async () => {
    const library = makeRepository(folder.join('library'));
    library.commit('l', 'l');
    const around = makeRepository(folder.join('around'));
    around.git('submodule', '--quiet', 'add', library.path, 'sub');
    const submodule = openRepository(around.path + '/sub');
    addFeatureDatabase(submodule);
    await install(submodule);
    await install(around);
    around.git('commit', '--quiet', '-m', 'with a submodule');
    assert.deepEqual(storedMetadata(submodule), []);
    const commit = submodule.commit('s', 's');
    await settled(around);
    const inside = join(submodule.path, submodule.git('rev-parse', '--git-common-dir'));
    assert.match(inside, /modules/);
    await settledIn(submodule);
    assert.ok(backupOf(submodule, commit));
  });

  it('works if .git is a file that names another folder', async () => {
    const repository = openRepository(folder.join('tree'));
    repository.write('a', 'a');
    repository.git('init', '--quiet', `--separate-git-dir=${folder.join('elsewhere.git')}`, '.');
    addFeatureDatabase(repository);
    await install(repository);
    const commit = repository.commit('b', 'b');
    await settledIn(repository);
    assert.ok(backupOf(repository, commit));
  });
});

/** Like `settled`, for a git folder outside the work tree: every reader first writes the pending links. */
async function settledIn(repository: GitRepository): Promise<void> {
  const { code, stderr } = await runCli(['list', '--git'], { cwd: repository.path });
  assert.equal(code, 0, stderr);
}

describe('finding the projects that a commit backs up', () => {
  it('finds those near the top, and the one named at installation, however deep', async () => {
    const repository = makeRepository(folder.join('many'));
    for (const below of ['', 'apps/shop', 'a/b/c/d/deep', 'node_modules/x', '.hidden']) {
      addFeatureDatabase(repository, below);
    }
    const { code } = await runCli(['install', 'git', '--project', 'a/b/c/d/deep'], { cwd: repository.path });
    assert.equal(code, 0);
    repository.commit('f', 'f');
    const counts = ['', 'apps/shop', 'a/b/c/d/deep', 'node_modules/x', '.hidden'].map(
      (below) => storedMetadata(repository, below).length,
    );
    assert.deepEqual(counts, [1, 1, 1, 0, 0]);
    assert.equal(repository.git('status', '--porcelain', '--untracked-files=no'), '');
  });

  it('finds them among 50,000 files, and later reads only changed folders', async function () {
    this.timeout(120_000);
    const repository = makeRepository(folder.join('large'));
    for (let index = 0; index < 50_000; index++) {
      const [one, other] = [index % 20, index % 200].map(String);
      mkdirSync(join(repository.path, `${one ?? ''}/${other ?? ''}`), { recursive: true });
      writeFileSync(join(repository.path, `${one ?? ''}/${other ?? ''}/${String(index)}`), '');
    }
    addFeatureDatabase(repository, '7/shop');
    repository.git('add', '--all');
    await install(repository);
    repository.git('commit', '--quiet', '-m', 'large');
    assert.equal(storedMetadata(repository, '7/shop').length, 1);
    assert.equal(repository.git('status', '--porcelain'), '');
    // The folders are remembered, with the times at which they were last changed.
    const remembered = JSON.parse(repository.read('.git/feature-backups/folders.json')) as Record<string, unknown>;
    assert.equal(Object.keys(remembered).length, 222);
  });

  it('finds a new project', async () => {
    const repository = makeRepository(folder.join('growing'));
    for (let index = 0; index < 30; index++) repository.write(`folder${String(index)}/x`, 'x');
    repository.git('add', '--all');
    await install(repository);
    repository.git('commit', '--quiet', '-m', 'first');
    addFeatureDatabase(repository, 'folder7');
    writeFileSync(join(repository.path, 'g'), 'g');
    repository.commit('g', 'g');
    assert.equal(storedMetadata(repository, 'folder7').length, 1);
  });
});
