import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sqlite3 } from '../../support/fixtureProject.js';
import { canRunAsOtherUser, giveToOtherUser, runCliAsOtherUser } from '../../support/otherUser.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { bareEnvironment, runCli } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('a run as root in the project of another user', function () {
  this.timeout(300_000);
  const folder = useTemporaryFolder();
  let project = '';
  let store = '';
  let database = '';

  before(function () {
    if (!canRunAsOtherUser()) this.skip();
  });

  beforeEach(() => {
    chmodSync(folder.path, 0o755);
    project = folder.join('shop');
    store = join(project, '.feature_backups');
    database = join(project, '.autoforge', 'features.db');
    mkdirSync(project);
    mkdirSync(join(project, '.autoforge'));
    makeFeatureDatabase(database, { features: 50, passing: 0, journalMode: 'delete' });
    giveToOtherUser(project);
  });

  const asRoot = async (...args: string[]) => {
    const run = await runCli(args, { cwd: project, env: { FEATURE_BACKUPS_VAULT: folder.join('vault') } });
    assert.equal(run.code, 0, `${args.join(' ')}: ${run.stdout}${run.stderr}`);
    return run;
  };
  const asOwner = (...args: string[]) => {
    const run = runCliAsOtherUser(args, { cwd: project });
    assert.equal(run.code, 0, `${args.join(' ')}: ${run.stdout}${run.stderr}`);
    return run;
  };
  const change = (name: string): void => {
    sqlite3(database, `UPDATE features SET name = '${name}' WHERE id = 1`);
  };
  /** Everything below a folder, and the folder, with the ids of its owner and group. */
  const owners = (path: string): readonly string[] => {
    const { uid, gid } = lstatSync(path);
    const below = lstatSync(path).isDirectory() ? readdirSync(path).flatMap((name) => owners(join(path, name))) : [];
    return [`${path} ${String(uid)}:${String(gid)}`, ...below];
  };
  const ownedByRoot = (path: string): readonly string[] =>
    owners(path).filter((entry) => !entry.endsWith(' 65534:65534'));

  it('gives everything new in the store to the owner of the database', async () => {
    writeFileSync(
      join(project, '.feature-backups.json'),
      '{"retention": {"keepLast": 1, "keepHourly": 0, "keepDaily": 0, "keepWeekly": 0}}',
    );
    mkdirSync(folder.join('target'));
    const settings = folder.join('config', 'feature-backups', 'config.json');
    mkdirSync(folder.join('config', 'feature-backups'), { recursive: true });
    writeFileSync(settings, JSON.stringify({ targets: [{ name: 'disk', folder: folder.join('target') }] }));
    const withTarget = async (...args: string[]) => {
      const env = { XDG_CONFIG_HOME: folder.join('config'), FEATURE_BACKUPS_VAULT: folder.join('vault') };
      const run = await runCli(args, { cwd: project, env });
      assert.equal(run.code, 0, `${args.join(' ')}: ${run.stdout}${run.stderr}`);
    };
    for (const name of ['one', 'two', 'three']) {
      change(name);
      await asRoot('backup');
    }
    await asRoot('pin', 'latest');
    await asRoot('cleanup', '--yes');
    await asRoot('drill');
    await withTarget('replicate');
    sqlite3(database, 'DELETE FROM features WHERE id > 5');
    await asRoot('backup');
    await asRoot('acknowledge');
    const damaged = readdirSync(store).find((name) => name.endsWith('.db')) ?? '';
    writeFileSync(join(store, damaged), 'damaged');
    assert.equal((await runCli(['verify'], { cwd: project })).code, 3);
    assert.ok(existsSync(join(store, 'quarantine')));
    assert.deepEqual(ownedByRoot(store), []);
  });

  it('leaves a store that the owner can list, verify, back up to, undo in, clean up and delete from', async () => {
    await asRoot('backup');
    change('first');
    await asRoot('backup');
    change('second');
    asOwner('backup');
    const ids = readdirSync(store).filter((name) => name.endsWith('.db'));
    assert.equal(asOwner('list').stdout.match(/manual/g)?.length, 3);
    asOwner('verify');
    const oldest = ids.sort()[0]?.replace(/\.db$/, '') ?? '';
    await asRoot('restore', oldest, '--yes');
    assert.equal(sqlite3(database, 'SELECT name FROM features WHERE id = 1').trim() === 'second', false);
    assert.deepEqual(ownedByRoot(project), []);
    asOwner('undo', '--yes');
    assert.equal(sqlite3(database, 'SELECT name FROM features WHERE id = 1').trim(), 'second');
    asOwner('cleanup', '--yes');
    asOwner('delete', oldest, '--yes');
    asOwner('status');
  });

  it('keeps the record and the vault of root to itself', async () => {
    await asRoot('backup');
    const copies = (): readonly string[] => owners(folder.join('vault')).filter((entry) => entry.includes('.db.gz '));
    // The follow-up of the backup may still be running.
    while (copies().length === 0) await asRoot('follow-up', '--vault');
    assert.deepEqual(
      owners(folder.join('vault')).filter((entry) => !entry.endsWith(' 0:0')),
      [],
    );
  });

  it('gives the metadata in which it links a commit to the owner', async () => {
    const git = (...args: string[]): void => {
      const settings = ['safe.directory=*', 'user.name=a', 'user.email=a@b'].flatMap((setting) => ['-c', setting]);
      execFileSync('git', [...settings, ...args], { cwd: project, env: bareEnvironment(), stdio: 'pipe' });
    };
    chownSync(project, 0, 0);
    git('init', '-q');
    await asRoot('install', 'git');
    giveToOtherUser(project);
    git('commit', '-q', '--allow-empty', '-m', 'one');
    // The hook links in the background.
    while (!/"commit": "[0-9a-f]{40}"/.test((await asRoot('list', '--json')).stdout));
    assert.deepEqual(ownedByRoot(store), []);
  });

  it('gives the folders that lead to a configured store, and nothing outside of it', async () => {
    writeFileSync(join(project, '.feature-backups.json'), '{"store": "var/lib/backups"}');
    await asRoot('backup');
    assert.deepEqual(ownedByRoot(join(project, 'var')), []);
  });

  it('gives nothing away if the database belongs to root', async () => {
    chownSync(database, 0, 0);
    await asRoot('backup');
    assert.ok(
      owners(store).every((entry) => entry.endsWith(' 0:0')),
      owners(store).join('\n'),
    );
  });

  it('restores a missing database as a file of its folder’s owner', async () => {
    await asRoot('backup');
    rmSync(join(project, '.autoforge'), { recursive: true });
    await asRoot('restore', 'latest', '--yes');
    assert.deepEqual(ownedByRoot(project), []);
    change('afterwards');
    asOwner('backup');
  });

  it('names the owner of a store that the user may not read, and the command that corrects it', () => {
    mkdirSync(store);
    chmodSync(store, 0o700);
    for (const args of [['list'], ['status'], ['undo', '--yes'], ['backup'], ['restore', 'latest']]) {
      const { code, stdout, stderr } = runCliAsOtherUser(args, { cwd: project });
      assert.equal(code, 1, args.join(' '));
      assert.ok(
        stderr.includes(`${store} belongs to root. To make it yours, run: sudo chown -R nobody ${store}`),
        stderr,
      );
      assert.doesNotMatch(stdout + stderr, /missing|No backup|No restore/, args.join(' '));
    }
    assert.match(runCliAsOtherUser(['check'], { cwd: project }).stdout, /CRITICAL.*belongs to root.*sudo chown/);
    giveToOtherUser(store);
    asOwner('backup');
  });
});
