import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { listBackedUpCommits } from '../../../core/engine.js';
import { findRepository } from '../../../core/git/repository.js';
import { readHead } from '../../../core/git/head.js';
import { realPorts } from '../../../core/system/ports.js';
import { connectClient } from '../../support/mcp/mcpClient.js';
import { newestGitFolder } from '../../support/newestGit.js';
import { addFeatureDatabase, settled, storedMetadata } from '../../support/gitProject.js';
import { makeRepository, openRepository, type GitRepository } from '../../support/gitRepository.js';
import { plantGitSettings, usePlantedPrograms } from '../../support/plantedPrograms.js';
import { CLI_PATH, bareEnvironment, runCli, runCliJson } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const UNKNOWN_COMMIT = '1234567890123456789012345678901234567890';

describe('programs named in a repository’s own configuration', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const planted = usePlantedPrograms();

  /** A project whose tip is a signed commit and whose settings were planted afterwards. */
  async function makeProject(): Promise<GitRepository> {
    const repository = makeRepository(folder.join('repo'));
    addFeatureDatabase(repository);
    assert.equal((await runCli(['install', 'git'], { cwd: repository.path })).code, 0);
    repository.commit('a', 'a');
    await settled(repository);
    sign(repository);
    plantGitSettings(join(repository.path, '.git'), planted.program);
    return repository;
  }

  /** Only a commit with a signature makes git run gpg. */
  function sign(repository: GitRepository): void {
    const [tree, parent] = [repository.git('rev-parse', 'HEAD^{tree}'), repository.head()];
    const person = `A <a@example.com> ${Math.ceil(Date.now() / 1000).toString()} +0000`;
    const signature = ['gpgsig -----BEGIN PGP SIGNATURE-----', ' ', ' abc', ' -----END PGP SIGNATURE-----'];
    const lines = [`tree ${tree}`, `parent ${parent}`, `author ${person}`, `committer ${person}`, ...signature];
    repository.write('.git/signed', `${lines.join('\n')}\n\nsigned\n`);
    const id = repository.git('hash-object', '-t', 'commit', '-w', '.git/signed');
    repository.git('update-ref', 'refs/heads/main', id);
    const [backup] = storedMetadata(repository);
    assert.ok(backup);
    const inbox = join(repository.path, '.git/feature-backups/inbox');
    appendFileSync(inbox, `commit ${id} ${JSON.stringify([[join(repository.path, '.feature_backups'), backup.id]])}\n`);
  }

  it('do not run when a backup is restored by the name of a commit', async () => {
    const { path } = await makeProject();
    const { code, stderr } = await runCli(['restore', '--at', 'HEAD', '--yes'], { cwd: path });
    assert.equal(code, 0, stderr);
    assert.equal(planted.runs(), '');
  });

  it('do not run for a name that makes git read its index, or fetch what is missing', async () => {
    const { path } = await makeProject();
    for (const name of [':a', UNKNOWN_COMMIT, `${UNKNOWN_COMMIT}^{commit}`, ':/nothing like it', 'HEAD@{u}']) {
      const { code } = await runCli(['restore', '--at', name, '--yes'], { cwd: path });
      assert.equal(code, 4, name);
      assert.equal(planted.runs(), '', name);
    }
  });

  it('do not run when commits are listed, on the command line or in the editor', async () => {
    const repository = await makeProject();
    const { code, document } = await runCliJson(['list', '--git'], { cwd: repository.path });
    assert.equal(code, 0);
    const [commit] = document.commits as { commit: string; subject: string }[];
    assert.deepEqual([commit?.commit, commit?.subject], [repository.head(), 'signed']);
    assert.equal((await listBackedUpCommits(repository.path)).length, 2);
    assert.equal(planted.runs(), '');
  });

  it('do not run when a backup names a commit that is missing', async () => {
    const repository = await makeProject();
    const [backup] = storedMetadata(repository);
    assert.ok(backup);
    const link = JSON.stringify([[join(repository.path, '.feature_backups'), backup.id]]);
    appendFileSync(join(repository.path, '.git/feature-backups/inbox'), `commit ${UNKNOWN_COMMIT} ${link}\n`);
    assert.equal((await listBackedUpCommits(repository.path)).length, 2);
    assert.equal(planted.runs(), '');
  });

  it('do not run when hooks are installed or removed', async () => {
    const { path } = await makeProject();
    for (const command of ['install', 'uninstall']) {
      const { code, stderr } = await runCli([command, 'git'], { cwd: path });
      assert.equal(code, 0, stderr);
    }
    assert.equal(planted.runs(), '');
  });

  it('do not run when an agent is connected', async () => {
    const { path } = await makeProject();
    const { code, document } = await runCliJson(['connect', 'claude'], { cwd: path });
    assert.equal(code, 0);
    assert.match(String(document.notes), /git does not ignore/);
    assert.equal(planted.runs(), '');
  });

  it('do not run in the git hooks', async () => {
    const repository = await makeProject();
    const script = join(repository.path, '.git/feature-backups/gitHook.sh');
    for (const hook of [['pre-commit'], ['post-commit'], ['post-rewrite', 'amend'], ['post-rewrite', 'rebase']]) {
      const { status, stderr } = spawnSync('sh', [script, ...hook], {
        cwd: repository.path,
        env: bareEnvironment(),
        encoding: 'utf8',
        input: '',
      });
      assert.equal(status, 0, stderr);
    }
    await settled(repository);
    assert.equal(planted.runs(), '');
  });

  it('do not run when a hook asks git for the branch', function () {
    const git = newestGitFolder();
    if (git === undefined) this.skip();
    const environment = { ...process.env, PATH: `${git}:${process.env.PATH ?? ''}` };
    const repository = openRepository(folder.path, environment);
    repository.git('init', '--quiet', '--ref-format=reftable', '--initial-branch=main', '.');
    const head = repository.commit('a', 'a');
    plantGitSettings(join(repository.path, '.git'), planted.program);
    const found = findRepository(repository.path, realPorts());
    assert.ok(found);
    assert.deepEqual(readHead(found, { ...realPorts(), environment }), { branch: 'main', head });
    assert.equal(planted.runs(), '');
  });

  it('do not run when an agent requests a backup over MCP', async () => {
    const { path } = await makeProject();
    const connected = await connectClient(
      { command: process.execPath, args: [CLI_PATH, 'mcp', '--project', path] },
      {},
    );
    try {
      for (const tool of ['create_backup', 'list_backups', 'backup_status', 'compare_backups']) {
        const { text, isError } = await connected.call(tool, {});
        assert.equal(isError, false, text);
      }
    } finally {
      await connected.client.close();
    }
    assert.equal(planted.runs(), '');
  });

  it('do not run if the project folder pretends to be a bare repository', async () => {
    const { path } = await makeProject();
    const project = makeRepository(folder.join('outer'));
    project.commit('a', 'a');
    addFeatureDatabase(project, 'inner');
    // `git clone` copies such a folder together with its settings.
    cpSync(join(path, '.git'), join(project.path, 'inner'), { recursive: true });
    project.git('config', '--file', 'inner/config', 'core.bare', 'true');
    const inner = join(project.path, 'inner');
    assert.equal((await runCli(['backup'], { cwd: inner })).code, 0);
    const known = await runCli(['restore', '--at', 'HEAD', '--dry-run'], { cwd: inner });
    assert.match(known.stderr, new RegExp(project.head().slice(0, 12)));
    assert.equal((await runCli(['restore', '--at', UNKNOWN_COMMIT, '--dry-run'], { cwd: inner })).code, 4);
    // Git ignores this one, and therefore reads the folder itself.
    mkdirSync(join(inner, '.git'));
    assert.equal((await runCli(['restore', '--at', 'HEAD', '--dry-run'], { cwd: inner })).code, 4);
    assert.equal(planted.runs(), '');
  });

  it('do not run, and no option is accepted, if the name of a commit is an option of git', async () => {
    const { path } = await makeProject();
    for (const name of ['--output=planted', '--git-dir=.', '--help', '-h', '--all', '--show-toplevel', '--']) {
      const { code, stdout } = await runCli(['restore', `--at=${name}`, '--yes'], { cwd: path });
      assert.deepEqual([code, stdout], [4, ''], name);
    }
    assert.equal(planted.runs(), '');
  });
});
