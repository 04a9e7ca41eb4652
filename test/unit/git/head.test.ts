import assert from 'node:assert/strict';
import { readHead } from '../../../core/git/head.js';
import { findRepository, repositoryOfHook } from '../../../core/git/repository.js';
import { realPorts } from '../../../core/system/ports.js';
import { makeRepository, openRepository } from '../../support/gitRepository.js';
import { newestGitFolder } from '../../support/newestGit.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const folder = useTemporaryFolder();

function headOf(path: string) {
  const repository = findRepository(path, realPorts());
  assert.ok(repository);
  return readHead(repository, realPorts());
}

describe('reading HEAD without git', () => {
  it('returns branch and commit before and after the first commit, packed, detached and in a worktree', () => {
    const repository = makeRepository(folder.join('repo'));
    assert.deepEqual(headOf(repository.path), { branch: 'main', head: null });
    const first = repository.commit('a', 'a');
    assert.deepEqual(headOf(repository.path), { branch: 'main', head: first });
    repository.git('checkout', '--quiet', '-b', 'topic/ü');
    repository.git('pack-refs', '--all', '--prune');
    assert.deepEqual(headOf(repository.path), { branch: 'topic/ü', head: first });
    const second = repository.commit('b', 'b');
    assert.deepEqual(headOf(repository.path), { branch: 'topic/ü', head: second });
    repository.git('worktree', 'add', '--quiet', '../linked', 'main');
    assert.deepEqual(headOf(folder.join('linked')), { branch: 'main', head: first });
    repository.git('checkout', '--quiet', '--detach', first);
    assert.deepEqual(headOf(repository.path), { branch: null, head: first });
  });

  it('finds the repository above a folder, in a worktree, and by GIT_DIR', () => {
    const repository = makeRepository(folder.join('repo'));
    repository.commit('deep/down/a', 'a');
    repository.git('worktree', 'add', '--quiet', '../linked');
    const main = {
      workTree: repository.path,
      gitFolder: `${repository.path}/.git`,
      commonFolder: `${repository.path}/.git`,
    };
    assert.deepEqual(findRepository(`${repository.path}/deep/down`, realPorts()), main);
    const own = `${repository.path}/.git/worktrees/linked`;
    const linked = { workTree: folder.join('linked'), gitFolder: own, commonFolder: main.gitFolder };
    assert.deepEqual(findRepository(folder.join('linked'), realPorts()), linked);
    const ports = { ...realPorts(), environment: { GIT_DIR: own } };
    assert.deepEqual(repositoryOfHook(folder.join('linked'), ports), linked);
    assert.equal(findRepository(folder.path, realPorts()), undefined);
  });

  it('asks git if the references are not files', function () {
    const git = newestGitFolder();
    if (git === undefined) this.skip();
    const environment = { PATH: `${git}:${process.env.PATH ?? ''}` };
    const repository = openRepository(folder.path, environment);
    repository.git('init', '--quiet', '--ref-format=reftable', '--initial-branch=main', '.');
    const commit = repository.commit('a', 'a');
    const found = findRepository(repository.path, realPorts());
    assert.ok(found);
    const head = readHead(found, { ...realPorts(), environment });
    assert.deepEqual(head, { branch: 'main', head: commit });
  });
});
