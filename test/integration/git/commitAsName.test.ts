import assert from 'node:assert/strict';
import { join } from 'node:path';
import { countsBySqlite } from '../../support/fixtureProject.js';
import { addFeatureDatabase, changeBacklog, DATABASE } from '../../support/gitProject.js';
import { makeRepository, type GitRepository } from '../../support/gitRepository.js';
import { runCli, runCliJson } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const folder = useTemporaryFolder();

/** Three commits; the second and the third each have one more passing feature. */
async function makeHistory(): Promise<{ repository: GitRepository; commits: readonly string[] }> {
  const repository = makeRepository(folder.join('repo'));
  addFeatureDatabase(repository);
  await runCli(['install', 'git'], { cwd: repository.path });
  const commits = ['one', 'two', 'three'].map((name, index) => {
    if (index > 0) changeBacklog(repository);
    return repository.commit(name, name);
  });
  return { repository, commits };
}

describe('a commit as the name of a backup', () => {
  it('is listed with its subject, newest first, and marked if rewritten', async () => {
    const { repository, commits } = await makeHistory();
    repository.git('commit', '--quiet', '--amend', '-m', 'three, in other words');
    const { document } = await runCliJson(['list', '--git'], { cwd: repository.path });
    const listed = document.commits as { commit: string; subject: string; isAbandoned: boolean }[];
    const byId = new Map(listed.map((commit) => [commit.commit, commit]));
    assert.equal(listed.length, 4);
    assert.deepEqual([byId.get(commits[2] ?? '')?.isAbandoned, byId.get(commits[2] ?? '')?.subject], [true, 'three']);
    assert.deepEqual(
      [byId.get(repository.head())?.isAbandoned, byId.get(repository.head())?.subject],
      [false, 'three, in other words'],
    );
  });

  it('restores the backlog by any name that git resolves, on any branch', async () => {
    const { repository, commits } = await makeHistory();
    repository.git('tag', '--annotate', '-m', 'v1', 'v1', 'HEAD~1');
    const database = join(repository.path, DATABASE);
    for (const [name, passing] of [
      ['HEAD~2', 200],
      ['v1', 201],
      [commits[2]?.slice(0, 9) ?? '', 202],
      [':/one', 200],
    ] as const) {
      const { code, stderr } = await runCli(['restore', '--at', name, '--yes'], { cwd: repository.path });
      assert.equal(code, 0, stderr);
      assert.equal(countsBySqlite(database), `598|${String(passing)}`);
    }
  });

  it('is one side of a comparison', async () => {
    const { repository } = await makeHistory();
    const { document } = await runCliJson(['compare', '--at', 'HEAD~2'], { cwd: repository.path });
    assert.equal(document.failingToPassing, 2);
    const other = await runCliJson(['compare', '--at', 'HEAD', 'live'], { cwd: repository.path });
    assert.equal(other.document.failingToPassing, 0);
  });

  it('means the newest earlier backup if no hook ran, with a note', async () => {
    const { repository } = await makeHistory();
    const longAgo = { GIT_COMMITTER_DATE: '2020-01-01T00:00:00Z' };
    const args = ['commit', '--quiet', '--allow-empty', '--no-verify', '-m', 'unhooked'];
    assert.equal(repository.tryGit(args, longAgo).status, 0);
    repository.git(...args);
    const { code, stderr } = await runCli(['restore', '--at', 'HEAD', '--dry-run'], { cwd: repository.path });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^Commit [0-9a-f]{12} \(unhooked\) has no backup of its own; using features_598_/);
    const old = await runCli(['restore', '--at', 'HEAD~1', '--dry-run'], { cwd: repository.path });
    assert.equal(old.code, 4);
    assert.match(old.stderr, /No backup exists from commit/);
  });

  it('is rejected if there is no such commit or repository, or a backup is named as well', async () => {
    const { repository } = await makeHistory();
    const at = async (...args: readonly string[]) =>
      await runCli(['restore', '--at', ...args], { cwd: repository.path });
    assert.equal((await at('nowhere', '--yes')).code, 4);
    const option = await runCli(['restore', '--at=--output=x', '--yes'], { cwd: repository.path });
    assert.equal(option.code, 4);
    assert.equal((await at('HEAD', 'latest', '--yes')).code, 2);
    addFeatureDatabase({ ...repository, path: folder.join('plain'), write: () => undefined });
    assert.equal((await runCli(['restore', '--at', 'HEAD', '--yes'], { cwd: folder.join('plain') })).code, 2);
  });
});
