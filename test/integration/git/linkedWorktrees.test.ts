import assert from 'node:assert/strict';
import { addFeatureDatabase, backupOf, changeBacklog, settled, storedMetadata } from '../../support/gitProject.js';
import { makeRepository, openRepository, type GitRepository } from '../../support/gitRepository.js';
import { runCli } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('a commit in a linked worktree whose backlog lies in the main one', () => {
  const folder = useTemporaryFolder();

  async function install(repository: GitRepository, ...more: readonly string[]): Promise<void> {
    const { code, stderr } = await runCli(['install', 'git', ...more], { cwd: repository.path });
    assert.equal(code, 0, stderr);
  }

  function addWorktree(repository: GitRepository, name = 'linked'): GitRepository {
    repository.git('add', '--all');
    repository.git('commit', '--quiet', '--no-verify', '--allow-empty', '-m', 'first');
    repository.git('worktree', 'add', '--quiet', folder.join(name));
    return openRepository(folder.join(name));
  }

  function commitIn(repository: GitRepository): string {
    const { status, stderr } = repository.tryGit(['commit', '--quiet', '--allow-empty', '-m', 'linked']);
    assert.equal(status, 0, stderr);
    return stderr;
  }

  it('backs up the backlog of the main worktree, names it, and is linked to the backup', async () => {
    const main = makeRepository(folder.join('main'));
    addFeatureDatabase(main);
    main.write('.feature-backups.json', '{ "strict": true }');
    await install(main);
    const linked = addWorktree(main);
    assert.match(commitIn(linked), /^feature-backups: backed up 598 features, 200 passing in \.\.\/main \(/);
    await settled(main);
    const backup = backupOf(main, linked.head());
    assert.equal(backup?.git?.branch, 'linked');
    const { code, stdout, stderr } = await runCli(['restore', '--at', linked.head(), '--dry-run'], { cwd: main.path });
    assert.equal(code, 0, stderr);
    assert.ok(stdout.includes(backup.id), stdout);
    assert.equal(stderr, '');
  });

  it('backs up what the linked worktree lacks, and no second copy of what it has', async () => {
    const main = makeRepository(folder.join('main'));
    for (const below of ['shop', 'web', 'a/b/c/d/deep']) addFeatureDatabase(main, below);
    await install(main, '--project', 'a/b/c/d/deep');
    const linked = addWorktree(main);
    addFeatureDatabase(linked, 'shop');
    commitIn(linked);
    assert.deepEqual(
      ['shop', 'web', 'a/b/c/d/deep'].map((below) => storedMetadata(main, below).length),
      [0, 1, 1],
    );
    assert.equal(storedMetadata(linked, 'shop').length, 1);
  });

  it('stops if the configuration of the main worktree is strict and the backup fails', async () => {
    const main = makeRepository(folder.join('main'));
    addFeatureDatabase(main);
    await install(main);
    const linked = addWorktree(main);
    main.write('.feature-backups.json', '{ "strict": true }');
    main.write('.feature_backups', 'a file where the store should be');
    const { status, stderr } = linked.tryGit(['commit', '--quiet', '--allow-empty', '-m', 'linked']);
    assert.equal(status, 1);
    assert.match(stderr, /^feature-backups: \.\.\/main: no backup was made: .*; the commit is stopped/m);
  });

  it('finds the main worktree of a submodule', async () => {
    const library = makeRepository(folder.join('library'));
    library.commit('l', 'l');
    const around = makeRepository(folder.join('around'));
    around.git('submodule', '--quiet', 'add', library.path, 'sub');
    const submodule = openRepository(folder.join('around', 'sub'));
    addFeatureDatabase(submodule);
    await install(submodule);
    const linked = addWorktree(submodule);
    commitIn(linked);
    assert.equal(storedMetadata(submodule).length, 1);
  });

  it('is silent if neither has a backlog', async () => {
    const main = makeRepository(folder.join('main'));
    await install(main);
    assert.equal(commitIn(addWorktree(main)), '');
    const bare = openRepository(folder.join('main'));
    bare.git('clone', '--quiet', '--bare', '.', folder.join('bare.git'));
    openRepository(folder.join('bare.git')).git('worktree', 'add', '--quiet', folder.join('of-bare'));
    const ofBare = openRepository(folder.join('of-bare'));
    await install(ofBare);
    assert.equal(commitIn(ofBare), '');
  });

  it('is described as a commit without a backup if it was made without the hook', async () => {
    const main = makeRepository(folder.join('main'));
    addFeatureDatabase(main);
    const linked = addWorktree(main);
    await runCli(['backup'], { cwd: main.path });
    changeBacklog(main);
    linked.git('commit', '--quiet', '--allow-empty', '-m', 'without');
    const { stderr } = await runCli(['restore', '--at', linked.head(), '--dry-run'], { cwd: main.path });
    const [backup] = storedMetadata(main);
    assert.equal(
      stderr,
      `Commit ${linked.head().slice(0, 12)} (without) has no backup of its own; using ${backup?.id ?? ''}, the newest backup before it.\n`,
    );
  });
});
