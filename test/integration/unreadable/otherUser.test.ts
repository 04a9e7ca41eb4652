import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sqlite3 } from '../../support/fixtureProject.js';
import { canRunAsOtherUser, giveToOtherUser, runCliAsOtherUser } from '../../support/otherUser.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { runCli, type CliRun } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const RETENTION = { keepLast: 2, keepHourly: 0, keepDaily: 0, keepWeekly: 0, keepEmergency: 1 };

describe('a store with a part that its user cannot access', function () {
  this.timeout(300_000);
  const folder = useTemporaryFolder();
  let project = '';
  let store = '';
  let pinnedId = '';
  let metadata = '';

  before(function () {
    if (!canRunAsOtherUser()) this.skip();
  });

  beforeEach(() => {
    chmodSync(folder.path, 0o755);
    project = folder.join('shop');
    store = join(project, '.feature_backups');
    mkdirSync(project);
    const configuration = { retention: RETENTION, history: { maxBytes: 0 } };
    writeFileSync(join(project, '.feature-backups.json'), JSON.stringify(configuration));
    makeFeatureDatabase(join(project, 'features.db'), { features: 50, passing: 0, journalMode: 'delete' });
    giveToOtherUser(project);
    assert.equal(run('backup', '--reason', 'keep_me').code, 0);
    assert.equal(run('pin', 'latest').code, 0);
    pinnedId = idOf('keep_me');
    metadata = join(store, `${pinnedId}.json`);
  });

  const run = (...args: string[]): CliRun => runCliAsOtherUser(args, { cwd: project });
  const runJson = (...args: string[]): Record<string, unknown> =>
    JSON.parse(run(...args, '--json').stdout) as Record<string, unknown>;
  const idOf = (reason: string): string => {
    const name = readdirSync(store).find((found) => found.endsWith(`_${reason}.db`));
    assert.ok(name !== undefined, readdirSync(store).join());
    return name.slice(0, -'.db'.length);
  };
  const change = (number: number): void => {
    sqlite3(join(project, 'features.db'), `UPDATE features SET name = 'change ${String(number)}' WHERE id = 1`);
  };
  const closeMetadata = (): void => {
    chownSync(metadata, 0, 0);
    chmodSync(metadata, 0o600);
  };

  it('keeps a pinned backup whose metadata belongs to root through 40 changed backups and a clean-up', () => {
    closeMetadata();
    const before = readFileSync(metadata, 'utf8');
    for (let number = 0; number < 40; number += 1) {
      change(number);
      const { code, stderr } = run('backup', '--reason', `change_${String(number)}`);
      assert.equal(code, 0, stderr);
    }
    assert.equal(run('cleanup', '--yes').code, 0);

    assert.ok(existsSync(join(store, `${pinnedId}.db`)));
    assert.equal(readFileSync(metadata, 'utf8'), before);
    const kept = readdirSync(store).filter((name) => name.endsWith('.db'));
    assert.equal(kept.length, 3, kept.join());
  });

  it('shows in list, status, check and clean-up which metadata cannot be read, and why', () => {
    closeMetadata();
    change(1);
    run('backup');

    const list = run('list');
    assert.equal(list.code, 0);
    assert.match(list.stdout, /keep_me.*metadata unreadable/);
    assert.equal(list.stderr.split(metadata).length, 2, list.stderr);
    assert.match(list.stderr, /warning: Could not read the metadata of 1 backup.*EACCES/s);
    const { backups, metadataProblems } = runJson('list') as {
      backups: { id: string; pinned: unknown; metadataProblem: unknown }[];
      metadataProblems: unknown;
    };
    const listed = backups.find(({ id }) => id === pinnedId);
    assert.equal(listed?.pinned, null);
    assert.match(String(listed.metadataProblem), /EACCES/);
    assert.deepEqual(metadataProblems, [{ path: metadata, reason: listed.metadataProblem }]);

    const status = run('status');
    assert.match(status.stderr, /warning: Could not read the metadata of 1 backup/);
    const { state, troubles } = runJson('status') as { state: unknown; troubles: { code: string; subject: string }[] };
    assert.equal(state, 'warning');
    assert.deepEqual(
      troubles.map(({ code }) => code),
      ['metadata-unreadable', 'not-connected'],
    );
    assert.equal(run('check').code, 1);
    const { keep } = runJson('cleanup', '--dry-run') as { keep: { id: string; reasons: string[] }[] };
    assert.deepEqual(keep.find(({ id }) => id === pinnedId)?.reasons, ['metadata-unknown']);
  });

  it('refuses to pin, unpin or delete a backup whose metadata cannot be read, and deletes it only when forced', () => {
    closeMetadata();
    for (const command of ['pin', 'unpin']) {
      const { code, stderr } = run(command, pinnedId);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /metadata/);
    }
    const refused = run('delete', pinnedId, '--yes');
    assert.equal(refused.code, 5, refused.stderr);
    assert.match(refused.stderr, /so it may be pinned/);
    assert.ok(existsSync(join(store, `${pinnedId}.db`)));
    assert.equal(run('delete', pinnedId, '--yes', '--force').code, 0);
    assert.ok(!existsSync(join(store, `${pinnedId}.db`)));
  });

  it('names a store that cannot be read, instead of an empty one', () => {
    for (const mode of [0o000, 0o400]) {
      chownSync(store, 0, 0);
      chmodSync(store, mode === 0 ? 0o000 : 0o744);
      for (const command of ['list', 'backup', 'status', 'cleanup', 'verify']) {
        const { code, stdout, stderr } = run(command);
        assert.equal(code, 1, `${command}: ${stdout}${stderr}`);
        assert.match(stdout + stderr, /EACCES/, command);
        assert.ok((stdout + stderr).includes(store), command);
        assert.doesNotMatch(stdout + stderr, /No backups|unexpected|at .*\.js|\.cjs:/, command);
      }
    }
  });

  it('does not ignore a project whose database is missing and whose store cannot be read', async () => {
    rmSync(join(project, 'features.db'));
    chownSync(store, 0, 0);
    chmodSync(store, 0o700);
    for (const command of ['list', 'restore']) {
      const { code, stderr } = run(command);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /EACCES/);
    }
    assert.equal((await runCli(['list'], { cwd: project })).code, 0);
  });
});
