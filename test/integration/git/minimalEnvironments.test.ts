import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addFeatureDatabase, backupOf, storedMetadata } from '../../support/gitProject.js';
import { makeRepository, type GitRepository } from '../../support/gitRepository.js';
import { runCli } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const folder = useTemporaryFolder();

async function makeHooked(name = 'repo'): Promise<GitRepository> {
  const repository = makeRepository(folder.join(name));
  addFeatureDatabase(repository);
  const { code, stderr } = await runCli(['install', 'git'], { cwd: repository.path });
  assert.equal(code, 0, stderr);
  return repository;
}

/** Puts other settings beside the installed script. */
function settings(repository: GitRepository, values: Readonly<Record<string, string>>): void {
  const lines = Object.entries(values).map(([name, value]) => `${name}='${value}'\n`);
  repository.write('.git/feature-backups/settings', lines.join(''));
}

describe('the hooks in minimal environments', () => {
  it('run with nothing but PATH=/usr/bin, in a folder with spaces, quotes and other alphabets', async () => {
    const repository = await makeHooked('пр’oject "x" $HOME 計画');
    repository.write('b', 'b');
    repository.git('add', '--all');
    const git = ['-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '--quiet', '-m', 'b'];
    // Besides the folders of the tests: HOME is that of the account.
    const { FEATURE_BACKUPS_STATE = '', FEATURE_BACKUPS_VAULT = '' } = process.env;
    const folders = [
      `FEATURE_BACKUPS_STATE=${FEATURE_BACKUPS_STATE}`,
      `FEATURE_BACKUPS_VAULT=${FEATURE_BACKUPS_VAULT}`,
    ];
    const { status, stderr } = spawnSync('/usr/bin/env', ['-i', 'PATH=/usr/bin', ...folders, 'git', ...git], {
      cwd: repository.path,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    assert.match(stderr, /^feature-backups: backed up 598 features, 200 passing \(.*\)\n$/);
    await runCli(['list', '--git'], { cwd: repository.path });
    assert.ok(backupOf(repository, repository.head()));
  });

  it('find a version manager’s node if the recorded one is missing and PATH has none', async () => {
    const repository = await makeHooked();
    // Only what the script itself needs is on this PATH.
    const bin = folder.join('bin');
    mkdirSync(bin);
    for (const name of ['git', 'sh', 'cat', 'env']) {
      symlinkSync(spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim(), join(bin, name));
    }
    const home = folder.join('home');
    mkdirSync(join(home, '.nvm/versions/node/v20.1.0/bin'), { recursive: true });
    writeFileSync(join(home, '.nvm/versions/node/v20.1.0/bin/node'), `#!/bin/sh\necho used >&2\n`, { mode: 0o755 });
    const script = repository.read('.git/feature-backups/gitHook.sh');
    // The folders of this system's own node are ignored here.
    repository.write(
      '.git/feature-backups/gitHook.sh',
      script.replaceAll(/\/(?:usr|opt|snap)\/\S*node /g, '/nowhere '),
    );
    settings(repository, { node: '/gone/node', program: '/dev/null' });
    writeFileSync(folder.join('program.cjs'), '');
    settings(repository, { node: '/gone/node', program: folder.join('program.cjs') });
    const found = repository.tryGit(['commit', '--allow-empty', '-m', 'x'], { PATH: bin, HOME: home });
    assert.equal(found.status, 0);
    assert.match(found.stderr, /^used$/m);
    const none = repository.tryGit(['commit', '--allow-empty', '-m', 'y'], { PATH: bin, HOME: '/nowhere' });
    assert.equal(none.status, 0);
    assert.match(none.stderr, /^feature-backups: Node\.js 20\.19 or later was not found/m);
  });

  it('run with VS Code’s runtime as node', async () => {
    const repository = await makeHooked();
    const electron = folder.join('code');
    const body = `#!/bin/sh\n[ "$ELECTRON_RUN_AS_NODE" = 1 ] || exit 5\nexec '${process.execPath}' "$@"\n`;
    writeFileSync(electron, body, { mode: 0o755 });
    const installed = repository.read('.git/feature-backups/settings');
    repository.write('.git/feature-backups/settings', installed.replace(/^node=.*$/m, `node='${electron}'`));
    repository.commit('b', 'b');
    assert.equal(storedMetadata(repository).length, 1);
  });

  it('let the commit continue with one line if the program is missing or fails', async () => {
    const repository = await makeHooked();
    settings(repository, { node: process.execPath, program: '/gone/git-hook.cjs' });
    const gone = repository.tryGit(['commit', '--quiet', '--allow-empty', '-m', 'x'], { HOME: '/nowhere' });
    assert.equal(gone.status, 0);
    assert.match(gone.stderr, /^feature-backups: the program is missing, [^\n]*\n$/);
    writeFileSync(folder.join('broken.cjs'), 'process.exit(1)');
    settings(repository, { node: process.execPath, program: folder.join('broken.cjs') });
    const broken = repository.tryGit(['commit', '--quiet', '--allow-empty', '-m', 'y']);
    assert.equal(broken.status, 0);
    assert.match(broken.stderr, /^feature-backups: [^\n]* exited with status 1; the commit continues[^\n]*\n$/);
  });

  it('do nothing with FEATURE_BACKUPS=0 or HUSKY=0', async () => {
    const repository = await makeHooked();
    for (const name of ['FEATURE_BACKUPS', 'HUSKY']) {
      const args = ['commit', '--quiet', '--allow-empty', '-m', name];
      assert.equal(repository.tryGit(args, { [name]: '0' }).status, 0);
    }
    assert.deepEqual(storedMetadata(repository), []);
  });

  it('do nothing for a user with the shared lines but no installation', async () => {
    const repository = await makeHooked();
    repository.git('clone', '--quiet', repository.path, folder.join('clone'));
    const hook = repository.read('.git/hooks/pre-commit');
    const clone = makeRepository(folder.join('clone'));
    clone.write('.git/hooks/pre-commit', hook, 0o755);
    const { status, stderr } = clone.tryGit(['commit', '--quiet', '--allow-empty', '-m', 'x']);
    assert.deepEqual([status, stderr], [0, '']);
  });

  it('do not pass the environment of the commit on to another repository', async () => {
    const repository = await makeHooked();
    const other = makeRepository(folder.join('other'));
    addFeatureDatabase(other);
    await runCli(['install', 'git'], { cwd: other.path });
    // A hook of one repository that commits in another.
    const command = `unset $(git rev-parse --local-env-vars); git -C '${other.path}' commit --quiet --allow-empty -m inner`;
    repository.write('.git/hooks/prepare-commit-msg', `#!/bin/sh\n${command}\n`, 0o755);
    const commit = repository.commit('b', 'b');
    for (const { path } of [repository, other]) await runCli(['list', '--git'], { cwd: path });
    assert.ok(backupOf(repository, commit));
    assert.ok(backupOf(other, other.head()));
    assert.equal(backupOf(other, commit), undefined);
  });
});

describe('a backup that fails before a commit', () => {
  const damage = (repository: GitRepository): void => {
    truncateSync(join(repository.path, 'features.db-wal'), 0);
    writeFileSync(join(repository.path, 'features.db'), 'not a database, but long enough to resemble one '.repeat(99));
  };

  it('is reported, and the commit continues', async () => {
    const repository = await makeHooked();
    damage(repository);
    const { status, stderr } = repository.tryGit(['commit', '--quiet', '--allow-empty', '-m', 'x']);
    assert.equal(status, 0);
    assert.match(stderr, /^feature-backups: the feature database is damaged .*; the commit continues\n$/);
    assert.deepEqual(storedMetadata(repository).filter(({ reason }) => reason !== 'before_commit').length, 0);
  });

  it('shows control characters in a configuration as escapes', async () => {
    const repository = await makeHooked();
    repository.write('.feature-backups.json', JSON.stringify({ 'x\u009B31m\u202Ey': true }));
    const { status, stderr } = repository.tryGit(['commit', '--quiet', '--allow-empty', '-m', 'x']);
    assert.equal(status, 0);
    assert.ok(stderr.includes('unknown key "x\\x9b31m\\u202ey" was ignored\n'), stderr);
  });

  it('stops the commit if the configuration is strict, and prints how to continue', async () => {
    const repository = await makeHooked();
    repository.write('.feature-backups.json', '{ "strict": true }');
    repository.git('add', '--all');
    repository.git('commit', '--quiet', '-m', 'sound');
    const before = repository.head();
    damage(repository);
    const { status, stderr } = repository.tryGit(['commit', '--allow-empty', '-m', 'x']);
    assert.equal(status, 1);
    assert.match(stderr, /damaged/);
    assert.match(stderr, /FEATURE_BACKUPS=0/);
    assert.equal(repository.head(), before);
    assert.equal(repository.tryGit(['commit', '--allow-empty', '-m', 'x'], { FEATURE_BACKUPS: '0' }).status, 0);
  });

  it('stops only a strict commit if the store cannot be written', async function () {
    const repository = await makeHooked();
    writeFileSync(join(repository.path, '.feature_backups'), 'a file where the store should be');
    const unstrictCommit = repository.tryGit(['commit', '--quiet', '--allow-empty', '-m', 'x']);
    assert.equal(unstrictCommit.status, 0);
    assert.match(unstrictCommit.stderr, /^feature-backups: no backup was made: .*; the commit continues\n$/);
    assert.equal(repository.tryGit(['commit', '--allow-empty', '-m', 'x'], { FEATURE_BACKUPS_STRICT: '1' }).status, 1);
  });

  it('does not stop the commit if the hook folder cannot be written', async function () {
    if (process.getuid?.() === 0) this.skip();
    const repository = await makeHooked();
    chmodSync(join(repository.path, '.git/feature-backups'), 0o500);
    repository.commit('b', 'b');
    assert.equal(storedMetadata(repository).length, 1);
    assert.ok(existsSync(join(repository.path, '.git/feature-backups')));
  });
});
